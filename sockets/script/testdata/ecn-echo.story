# Data that has met congestion: every segment says ECE until the sender says
# CWR (RFC 3168 §6.1.3). None of these ACKs waits.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1, not-ECT
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
info 4 tcpi_options 8
< [.], seq 1:1001, ack 1, length 1000, ECT(0)
> [.], seq 1, ack 1001
info 4 tcpi_options 24
< [.], seq 1001:2001, ack 1, length 1000, CE
> [.E], seq 1, ack 2001, not-ECT
< [.], seq 2001:3001, ack 1, length 1000, ECT(0)
> [.E], seq 1, ack 3001
write(4, "one", 3) = 3
> [P.E], seq 1:4, ack 3001, ECT(0)
< [.W], seq 3001:4001, ack 4, length 1000, ECT(0)
> [.], seq 4, ack 4001
< [.], seq 4001:5001, ack 4, length 1000, ECT(0)
< [.], seq 5001:6001, ack 4, length 1000, ECT(0)
> [.], seq 4, ack 6001
nstat IpExtInECT0Pkts 5
nstat IpExtInCEPkts 1
nstat IpExtInNoECTPkts 2
