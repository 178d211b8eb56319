# TCP_CORK holds what fills no segment; without it everything goes.
given server
setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0
write(4, ..., 1300) = 1300
> [.], seq 1:1001, ack 1
write(4, ..., 100) = 100
+0.1 > nothing
setsockopt(4, SOL_TCP, TCP_CORK, [0], 4) = 0
> [P.], seq 1001:1401, ack 1
< [.], seq 1, ack 1401
