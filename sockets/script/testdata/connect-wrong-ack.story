# A SYN-ACK of something that was not sent is reset, and the connect goes on:
# RFC 9293 §3.10.7.3.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< [S.], seq 0, ack 9, win 32792, options [mss 1000]
> [R], seq 9
state 3 SYN-SENT
