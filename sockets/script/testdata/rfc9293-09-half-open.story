# RFC 9293 figure 9: the peer has crashed and forgot the connection. Its new SYN
# finds the old connection here, which answers what it expects (RFC 5961 §4);
# the peer resets that, and both know.
given server
< [S], seq 500, win 32792, options [mss 1000]
> [.], seq 1, ack 1
< [R], seq 1
read(4, ..., 100) = -1 ECONNRESET
state 4 CLOSED
nstat TcpExtTCPSYNChallenge 1
