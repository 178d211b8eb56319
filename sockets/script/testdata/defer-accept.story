# TCP_DEFER_ACCEPT: accept sees a connection when it has data.
given listener
setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [5], 4) = 0
fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, ..., 0) = -1 EAGAIN
+0.1 < [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
accept4(3, ..., 0) = 4
read(4, "hello", 100) = 5
