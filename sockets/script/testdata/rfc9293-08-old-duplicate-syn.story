# RFC 9293 figure 8: an old duplicate SYN (90) comes before the right one (100).
# The peer knows nothing of what the SYN-ACK is for, and resets it.
given listener
< [S], seq 90, win 32792, options [mss 1000]
> [S.], seq 0, ack 91
state connection SYN-RECEIVED
< [R], seq 91
state connection CLOSED
< [S], seq 100, win 32792, options [mss 1000]
> [S.], seq 0, ack 101
< [.], seq 101, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
state 4 ESTABLISHED
nstat TcpExtEmbryonicRsts 1
