# TCP_QUICKACK: no delay.
given server
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1
+0.1 < [.], seq 1, ack 6
setsockopt(4, SOL_TCP, TCP_QUICKACK, [1], 4) = 0
< [P.], seq 1:6, ack 6
> [.], seq 6, ack 6
