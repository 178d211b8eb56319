# With tcp_ecn_fallback = 0 each SYN asks.
sysctl net.ipv4.tcp_ecn = 1
sysctl net.ipv4.tcp_ecn_fallback = 0
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [SEW], seq 0
+1 > [SEW], seq 0
+1 > [SEW], seq 0
