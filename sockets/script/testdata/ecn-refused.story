# A peer without ECN answers without ECE, and nothing is marked (RFC 3168 §6.1.1).
sysctl net.ipv4.tcp_ecn = 1
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [SEW], seq 0
< [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
<... connect resumed> = 0
info 3 tcpi_options 0
write(3, "one", 3) = 3
> [P.], seq 1:4, ack 1, not-ECT
< [.], seq 1:1001, ack 4, length 1000, CE
> [.], seq 4, ack 1001, not-ECT
nstat IpExtInCEPkts 1
