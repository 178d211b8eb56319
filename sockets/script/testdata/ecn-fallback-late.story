# … but if the answer to the first comes late, and agrees, both ends mark. The
# lost SYN has shrunk the window, which the first data tells.
sysctl net.ipv4.tcp_ecn = 1
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [SEW], seq 0
+1 > [S], seq 0
< [S.E], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
info 3 tcpi_options 8
write(3, "one", 3) = 3
> [P.W], seq 1:4, ack 1, ECT(0)
