# No answer comes within 40 ms: the FIN's ACK goes alone, and ss shows FIN-WAIT-1
# at the peer until then.
given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.04 > [.], seq 1, ack 6
read(4, "hello", 100) = 5
+0.1 < [F.], seq 6, ack 1
+0.04~0.008 > [.], seq 1, ack 7
nstat TcpExtDelayedACKs 1
