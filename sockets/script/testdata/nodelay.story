# TCP_NODELAY: each write goes at once.
given server
setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
write(4, "one", 3) = 3
> [P.], seq 1:4, ack 1, length 3: "one"
write(4, "two", 3) = 3
> [P.], seq 4:7, ack 1, length 3: "two"
< [.], seq 1, ack 7
