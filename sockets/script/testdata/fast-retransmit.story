# Three duplicate ACKs: the segment that is missing is sent again without a
# timeout (RFC 5681 §3.2).
sysctl net.ipv4.tcp_recovery = 0
given server, rtt 0.05
write(4, ..., 5000) = 5000
> [.], seq 1:1001, ack 1
> [.], seq 1001:2001, ack 1
> [.], seq 2001:3001, ack 1
> [.], seq 3001:4001, ack 1
> [P.], seq 4001:5001, ack 1
+0.05 < [.], seq 1, ack 1
< [.], seq 1, ack 1
+0.01 > nothing
< [.], seq 1, ack 1
> [.], seq 1:1001, ack 1
< [.], seq 1, ack 5001
nstat TcpRetransSegs 1
