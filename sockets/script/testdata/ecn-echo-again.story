# A segment that says CWR and has met congestion itself begins it anew.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
< [.], seq 1:1001, ack 1, length 1000, CE
> [.E], seq 1, ack 1001
< [.W], seq 1001:2001, ack 1, length 1000, CE
> [.E], seq 1, ack 2001
< [.W], seq 2001:3001, ack 1, length 1000, ECT(0)
> [.], seq 1, ack 3001
