# A reset that acknowledges nothing of ours does not end a connection that is
# being opened: RFC 9293 §3.10.7.3.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< [R], seq 0
< [R.], seq 0, ack 77
state 3 SYN-SENT
< [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
