# A reduction that is undone is not told: D-SACK says that the retransmission
# was for nothing, and new data has no CWR (tcp_ecn_withdraw_cwr).
simulator only: a kernel whose congestion control is not CUBIC undoes otherwise
given listener
< [SEW], seq 0, win 32792, options [mss 1000,nop,nop,sackOK]
> [S.E], seq 0, ack 1
+0.05 < [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
write(4, ..., 5000) = 5000
> [.], seq 1:1001, ack 1, ECT(0)
> [.], seq 1001:2001, ack 1, ECT(0)
> [.], seq 2001:3001, ack 1, ECT(0)
> [.], seq 3001:4001, ack 1, ECT(0)
> [P.], seq 4001:5001, ack 1, ECT(0)
+0.05 < [.], seq 1, ack 1, options [nop,nop,sack 1 {1001:5001}]
> [.], seq 1:1001, ack 1, not-ECT
info 4 tcpi_snd_ssthresh 7
+0.05 < [.], seq 1, ack 5001, options [nop,nop,sack 1 {1:1001}]
info 4 tcpi_snd_ssthresh 2147483647
write(4, ..., 1000) = 1000
> [P.], seq 5001:6001, ack 1, ECT(0)
