# SACK says what has arrived: only what is missing is sent again.
given server, options [mss 1000,nop,nop,sackOK], rtt 0.05
write(4, ..., 5000) = 5000
> [.], seq 1:1001, ack 1
> [.], seq 1001:2001, ack 1
> [.], seq 2001:3001, ack 1
> [.], seq 3001:4001, ack 1
> [P.], seq 4001:5001, ack 1
+0.05 < [.], seq 1, ack 1, options [nop,nop,sack 1 {1001:2001}]
< [.], seq 1, ack 1, options [nop,nop,sack 1 {1001:2001}]
< [.], seq 1, ack 1, options [nop,nop,sack 2 {3001:5001}{1001:2001}]
+0..0.02 > [.], seq 1:1001, ack 1
+0..0.02 > [.], seq 2001:3001, ack 1
< [.], seq 1, ack 5001
nstat TcpExtTCPSackRecovery 1
nstat TcpRetransSegs 2
