# A port in TIME-WAIT is not to be had, but with SO_REUSEADDR on both sides of
# time: the old socket and the new one.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
bind(3, 0.0.0.0:80) = 0
listen(3, 5) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
state connection TIME-WAIT
close(3) = 0
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
bind(3, 0.0.0.0:80) = -1 EADDRINUSE
setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
bind(3, 0.0.0.0:80) = 0
listen(3, 5) = 0
