# Nobody answers: with tcp_syn_linear_timeouts the first retries keep the first
# timeout, then it doubles.
sysctl net.ipv4.tcp_syn_linear_timeouts = 1
sysctl net.ipv4.tcp_syn_retries = 2
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
+1 > [S], seq 0
+1 > [S], seq 0
+2 > [S], seq 0
+4 <... connect resumed> = -1 ETIMEDOUT
