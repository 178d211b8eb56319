# A segment that begins inside of the window and ends beyond it is taken whole
# while nothing waits to be read, and not at all otherwise (tcp_sequence).
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_RCVBUF, [1200], 4) = 0
bind(3, 0.0.0.0:80) = 0
listen(3, 5) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, options [mss 1460]
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
< [P.], seq 1:1301, ack 1
> [.], seq 1, ack 1301
ioctl(4, FIONREAD, [1300]) = 0
