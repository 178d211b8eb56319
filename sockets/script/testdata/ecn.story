# Explicit congestion notification is offered by setting (RFC 3168 §6.1.1).
sysctl net.ipv4.tcp_ecn = 1
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [SEW], seq 0
< [S.E], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
