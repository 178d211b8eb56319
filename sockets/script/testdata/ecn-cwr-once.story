# CWR is said once in a window, however many ACKs say ECE (RFC 3168 §6.1.2):
# only what comes when all that was in flight is acknowledged begins it anew.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
+0.05 < [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
write(4, ..., 5000) = 5000
> [.], seq 1:1001, ack 1, ECT(0)
> [.], seq 1001:2001, ack 1, ECT(0)
> [.], seq 2001:3001, ack 1, ECT(0)
> [.], seq 3001:4001, ack 1, ECT(0)
> [P.], seq 4001:5001, ack 1, ECT(0)
+0.05 < [.E], seq 1, ack 2001
info 4 tcpi_ca_state 2
write(4, ..., 1000) = 1000
> [P.W], seq 5001:6001, ack 1, ECT(0)
< [.E], seq 1, ack 4001
write(4, ..., 1000) = 1000
> [P.], seq 6001:7001, ack 1, ECT(0)
< [.E], seq 1, ack 5001
info 4 tcpi_ca_state 2
write(4, ..., 1000) = 1000
> [P.], seq 7001:8001, ack 1, ECT(0)
+0.05 < [.E], seq 1, ack 6001
info 4 tcpi_ca_state 2
write(4, ..., 1000) = 1000
> [P.W], seq 8001:9001, ack 1, ECT(0)
+0.05 < [.], seq 1, ack 9001
info 4 tcpi_ca_state 0
nstat TcpRetransSegs 0
