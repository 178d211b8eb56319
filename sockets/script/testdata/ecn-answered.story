# By default ECN is not offered, but agreed to (tcp_ecn = 2).
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
