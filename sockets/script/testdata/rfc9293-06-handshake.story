# RFC 9293 figure 6: the three-way handshake, from the side that listens.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
bind(3, 0.0.0.0:80) = 0
listen(3, 5) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, win 64240, options [mss 1460]
state connection SYN-RECEIVED
+0.1 < [.], seq 1, ack 1, win 32792
accept4(3, 10.0.0.2:40000, 0) = 4
state 4 ESTABLISHED
nstat TcpPassiveOpens 1
