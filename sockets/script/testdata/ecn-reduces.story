# ECE shrinks the window as a loss would, to 0.7 of it (RFC 9438 §4.6), once in
# a window (RFC 3168 §6.1.2). The first new data says CWR, and nothing is sent
# again.
simulator only: a kernel whose congestion control is not CUBIC has other numbers
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
+0.05 < [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
write(4, ..., 30000) = 30000
> [.], seq 1:1001, ack 1, ECT(0)
> [.], seq 1001:2001, ack 1, ECT(0)
> [.], seq 2001:3001, ack 1, ECT(0)
> [.], seq 3001:4001, ack 1, ECT(0)
> [.], seq 4001:5001, ack 1, ECT(0)
> [.], seq 5001:6001, ack 1, ECT(0)
> [.], seq 6001:7001, ack 1, ECT(0)
> [.], seq 7001:8001, ack 1, ECT(0)
> [.], seq 8001:9001, ack 1, ECT(0)
> [.], seq 9001:10001, ack 1, ECT(0)
+0.05 < [.E], seq 1, ack 2001
> [.W], seq 10001:11001, ack 1, ECT(0)
> [.], seq 11001:12001, ack 1, ECT(0)
info 4 tcpi_ca_state 2
info 4 tcpi_snd_ssthresh 7
info 4 tcpi_delivered_ce 2
< [.E], seq 1, ack 4001
> [.], seq 12001:13001, ack 1, ECT(0)
info 4 tcpi_snd_ssthresh 7
< [.], seq 1, ack 6001
info 4 tcpi_snd_cwnd 7
< [.], seq 1, ack 8001
> [.], seq 13001:14001, ack 1, ECT(0)
> [.], seq 14001:15001, ack 1, ECT(0)
< [.], seq 1, ack 11001
> [.], seq 15001:16001, ack 1, ECT(0)
> [.], seq 16001:17001, ack 1, ECT(0)
> [.], seq 17001:18001, ack 1, ECT(0)
info 4 tcpi_ca_state 0
info 4 tcpi_snd_cwnd 7
nstat TcpRetransSegs 0
nstat TcpExtTCPDeliveredCE 4
