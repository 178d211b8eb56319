# With tcp_ecn = 0 a SYN that asks is answered as one that does not.
sysctl net.ipv4.tcp_ecn = 0
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
