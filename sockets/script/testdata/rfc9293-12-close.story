# RFC 9293 figure 12: the normal close, from the side that closes first.
given server
close(4) = 0
> [F.], seq 1, ack 1
state connection FIN-WAIT-1
+0.1 < [.], seq 1, ack 2
state connection FIN-WAIT-2
+0.1 < [F.], seq 1, ack 2
> [.], seq 2, ack 2
state connection TIME-WAIT
