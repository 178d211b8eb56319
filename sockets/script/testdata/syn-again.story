# A SYN that comes twice is answered twice, and is one connection.
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
+0.6 < [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
nstat TcpPassiveOpens 1
