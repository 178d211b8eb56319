# An ACK of a number that no cookie has is reset, and counted.
sysctl net.ipv4.tcp_syncookies = 2
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 77
> [R], seq 77
nstat TcpExtSyncookiesFailed 1
