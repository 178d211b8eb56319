# Close with data unread: the peer must know that it is lost (RFC 2525 §2.17).
given server
< [P.], seq 1:101, ack 1
+0..0.04 > [.], seq 1, ack 101
close(4) = 0
> [R.], seq 1, ack 101
state connection CLOSED
nstat TcpExtTCPAbortOnClose 1
