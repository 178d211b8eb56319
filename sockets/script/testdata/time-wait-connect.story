# A connect from a port and to a peer whose last connection waits: without
# timestamps nothing tells new segments from old ones, and there is no port.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
bind(3, 10.0.0.1:5000) = 0
connect(3, 10.0.0.2:80) <unfinished ...>
> 5000 > 80: [S], seq 0
< [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
close(3) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
state connection TIME-WAIT
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
bind(3, 10.0.0.1:5000) = 0
connect(3, 10.0.0.2:80) = -1 EADDRNOTAVAIL
