# With timestamps, tcp_tw_reuse and a second of distance the connection is opened
# anew (RFC 6191).
sysctl net.ipv4.tcp_tw_reuse = 1
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
bind(3, 10.0.0.1:5000) = 0
connect(3, 10.0.0.2:80) <unfinished ...>
> 5000 > 80: [S], seq 0
< [S.], seq 0, ack 1, win 32792, options [mss 1000,sackOK,TS val 700 ecr any]
> [.], seq 1, ack 1
<... connect resumed> = 0
close(3) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2, options [nop,nop,TS val 701 ecr any]
> [.], seq 2, ack 2
state connection TIME-WAIT
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
bind(3, 10.0.0.1:5000) = 0
+2.1 connect(3, 10.0.0.2:80) <unfinished ...>
> 5000 > 80: [S], seq 0
