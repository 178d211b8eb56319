# Bytes beyond the window are not taken while others wait to be read: the
# segment is dropped whole, counted, and answered with what is expected
# (tcp_sequence, SKB_DROP_REASON_TCP_INVALID_END_SEQUENCE).
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_RCVBUF, [1200], 4) = 0
bind(3, 0.0.0.0:80) = 0
listen(3, 5) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, options [mss 1460]
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
< [P.], seq 1:301, ack 1
> [.], seq 1, ack 301
< [P.], seq 301:1301, ack 1
> [.], seq 1, ack 301
ioctl(4, FIONREAD, [300]) = 0
nstat TcpExtBeyondWindow 1
