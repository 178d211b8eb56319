# With SACK a lost tail is not left to the timeout: after two round trips, here
# of 50 ms, the last segment is sent again (RFC 8985 §7).
given server, options [mss 1000,nop,nop,sackOK], rtt 0.05
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1
> [P.], seq 1001:2001, ack 1
+0.1~0.03 > [P.], seq 1001:2001, ack 1
< [.], seq 1, ack 2001
nstat TcpExtTCPLossProbes 1
