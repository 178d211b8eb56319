# A SYN with a higher number opens a connection that waits: RFC 9293 §3.10.7.4,
# RFC 6191.
given server
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
state connection TIME-WAIT
< [S], seq 1000, win 32792, options [mss 1000]
> [S.], seq 0, ack 1001
< [.], seq 1001, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
