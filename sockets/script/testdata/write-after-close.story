# The peer has closed both ways. The first write goes out and is reset, the
# next one fails.
given server
< [F.], seq 1, ack 1
+0..0.04 > [.], seq 1, ack 2
write(4, "x", 1) = 1
> [P.], seq 1:2, ack 2
< [R], seq 2
write(4, "x", 1) = -1 EPIPE
