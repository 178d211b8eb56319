# A half-open connection: the SYN-ACK is sent again after 1, 2, 4 s, as often as
# tcp_synack_retries says, and then forgotten.
sysctl net.ipv4.tcp_synack_retries = 2
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
+1 > [S.], seq 0, ack 1
+2 > [S.], seq 0, ack 1
state connection SYN-RECEIVED
+4 > nothing
+0.6 < [.], seq 1, ack 1
> [R], seq 1
nstat TcpRetransSegs 2
