# Both ends connect, and one does not ask.
sysctl net.ipv4.tcp_ecn = 1
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [SEW], seq 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
<... connect resumed> = 0
write(3, "one", 3) = 3
> [P.], seq 1:4, ack 1, not-ECT
