# Without timestamps there is no place to keep it: the answer does not agree.
sysctl net.ipv4.tcp_syncookies = 2
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
info 4 tcpi_options 0
