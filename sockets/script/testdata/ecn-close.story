# A FIN without data is not marked, one with data is; both say ECE while it
# is due.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
< [.], seq 1:1001, ack 1, length 1000, CE
> [.E], seq 1, ack 1001
shutdown(4, SHUT_WR) = 0
> [F.E], seq 1, ack 1001, not-ECT
< [.W], seq 1001, ack 2
< [.], seq 1001:2001, ack 2, length 1000, ECT(0)
> [.], seq 2, ack 2001
