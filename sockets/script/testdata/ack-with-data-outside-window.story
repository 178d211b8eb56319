# Behind the window nothing counts, the acknowledgement neither: what the host
# has sent is sent again.
given server
write(4, ..., 5) = 5
> [P.], seq 1:6, ack 1
< [P.], seq 100001:100011, ack 6
> [.], seq 6, ack 1
+0.1..0.5 > [P.], seq 1:6, ack 1
< [.], seq 1, ack 6
