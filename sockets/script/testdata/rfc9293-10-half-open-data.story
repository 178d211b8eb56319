# RFC 9293 figure 10: this side has crashed. Data for the connection that it
# forgot is answered with a reset, which has the number the peer expects.
< [P.], seq 1:11, ack 300, win 32792
> [R], seq 300, win 0
nstat TcpOutRsts 1
