# RFC 9293 figure 6: the three-way handshake, from the side that connects.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0, win 64240
state 3 SYN-SENT
+0.1 < [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
state 3 ESTABLISHED
getpeername(3, 10.0.0.2:80) = 0
nstat TcpActiveOpens 1
