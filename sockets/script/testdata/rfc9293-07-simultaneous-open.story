# RFC 9293 figure 7: both sides connect, and neither listens.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
+0.1 < [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
state 3 SYN-RECEIVED
+0.1 < [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
state 3 ESTABLISHED
