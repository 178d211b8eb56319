# TCP_MAXSEG bounds what is offered and what is sent.
given listener
setsockopt(3, SOL_TCP, TCP_MAXSEG, [600], 4) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, options [mss 600]
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
write(4, ..., 1000) = 1000
> [.], seq 1:601, ack 1
> [P.], seq 601:1001, ack 1
< [.], seq 1, ack 1001
