# Data that waits for a missing segment tells of congestion all the same.
given listener
< [SEW], seq 0, win 32792, options [mss 1000,nop,nop,sackOK]
> [S.E], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
< [.], seq 1001:2001, ack 1, length 1000, CE
> [.E], seq 1, ack 1, options [nop,nop,sack 1 {1001:2001}]
< [.], seq 1:1001, ack 1, length 1000
> [.E], seq 1, ack 2001
