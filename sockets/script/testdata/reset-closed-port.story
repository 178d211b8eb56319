# A SYN for a port where nobody listens: RFC 9293 §3.10.7.1. The reset has no
# number of its own, and acknowledges the SYN.
< [S], seq 0, win 32792, options [mss 1000]
> [R.], seq 0, ack 1, win 0
nstat TcpOutRsts 1
