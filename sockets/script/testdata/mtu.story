# The wire's MTU decides the MSS that is offered.
mtu 1200
given listener
< [S], seq 0, win 32792, options [mss 1460]
> [S.], seq 0, ack 1, options [mss 1160]
< [.], seq 1, ack 1
accept4(3, ..., 0) = 4
write(4, ..., 2000) = 2000
> [.], seq 1:1161, ack 1
> [P.], seq 1161:2001, ack 1
< [.], seq 1, ack 2001
