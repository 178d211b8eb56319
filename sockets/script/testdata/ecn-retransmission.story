# What is sent again is not marked as ECN-capable (RFC 3168 §6.1.5), and the
# first new data after it says that the window has shrunk.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1, ECT(0)
> [P.], seq 1001:2001, ack 1, ECT(0)
+0.2~0.03 > [.], seq 1:1001, ack 1, not-ECT
+0.4~0.06 > [.], seq 1:1001, ack 1, not-ECT
< [.], seq 1, ack 2001
write(4, ..., 2000) = 2000
> [.W], seq 2001:3001, ack 1, ECT(0)
> [P.], seq 3001:4001, ack 1, ECT(0)
