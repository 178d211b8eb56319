# RFC 9293 figure 11: both sides listen, and an old SYN arrives at one. Its
# SYN-ACK is reset by the other, and it listens on as if nothing had been.
given listener
< [S], seq 700, win 32792, options [mss 1000]
> [S.], seq 0, ack 701
< [R], seq 701
state 3 LISTEN
state connection CLOSED
+0.2 > nothing
nstat TcpExtEmbryonicRsts 1
