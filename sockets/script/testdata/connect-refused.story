# The peer refuses: RST with an ACK of the SYN, RFC 9293 §3.10.7.3.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
+0.1 < [R.], seq 0, ack 1, win 0
<... connect resumed> = -1 ECONNREFUSED
state 3 CLOSED
