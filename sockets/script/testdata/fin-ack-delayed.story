# The peer ends, and nobody is in a hurry to say so: the kernel waits for its own
# FIN, to let the ACK ride on it (tcp_fin enters pingpong mode).
given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.04 > [.], seq 1, ack 6
read(4, "hello", 100) = 5
+0.1 < [F.], seq 6, ack 1
+0.01 close(4) = 0
> [F.], seq 1, ack 7
< [.], seq 7, ack 2
nstat TcpExtDelayedACKs 0
