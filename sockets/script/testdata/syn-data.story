# Data in a SYN, without fast open, is not taken: the SYN alone is acknowledged.
given listener
< [S], seq 0:10, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [P.], seq 1:11, ack 1
+0..0.05 > [.], seq 1, ack 11
