# The SYN-ACK that agrees says so again when it is repeated.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
+1 > [S.E], seq 0, ack 1
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
