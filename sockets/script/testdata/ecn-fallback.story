# A SYN that asked and was lost: the next one does not ask (RFC 3168 §6.1.1.1).
sysctl net.ipv4.tcp_ecn = 1
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [SEW], seq 0
+1 > [S], seq 0
+1 > [S], seq 0
< [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
write(3, "one", 3) = 3
> [P.], seq 1:4, ack 1, not-ECT
