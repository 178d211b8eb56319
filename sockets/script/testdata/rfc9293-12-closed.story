# RFC 9293 figure 12: the normal close, from the side that closes last.
given server
< [F.], seq 1, ack 1
+0..0.04 > [.], seq 1, ack 2
state 4 CLOSE-WAIT
read(4, "", 100) = 0
close(4) = 0
> [F.], seq 1, ack 2
state connection LAST-ACK
+0.1 < [.], seq 2, ack 2
state connection CLOSED
