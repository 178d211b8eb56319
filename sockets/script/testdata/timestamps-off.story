# What the settings forbid is not offered.
sysctl net.ipv4.tcp_timestamps = 0
sysctl net.ipv4.tcp_sack = 0
sysctl net.ipv4.tcp_window_scaling = 0
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0, win 64240, options [mss 1460]
< [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1, win 64240
<... connect resumed> = 0
