# The window is what the buffer has room for. A reader that empties it makes the
# window known again.
given listener
setsockopt(3, SOL_SOCKET, SO_RCVBUF, [8192], 4) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, win 7300
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
< [P.], seq 1:1001, ack 1
> [.], seq 1, ack 1001, win 6300
< [P.], seq 1001:2001, ack 1
> [.], seq 1, ack 2001, win 5300
< [P.], seq 2001:3001, ack 1
> [.], seq 1, ack 3001, win 4300
< [P.], seq 3001:4001, ack 1
+0..0.05 > [.], seq 1, ack 4001, win 3300
read(4, ..., 5000) = 4000
> [.], seq 1, ack 4001, win 7000
