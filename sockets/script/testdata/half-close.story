# shutdown(SHUT_WR) closes one direction; the other goes on.
given server
shutdown(4, SHUT_WR) = 0
> [F.], seq 1, ack 1
< [.], seq 1, ack 2
state 4 FIN-WAIT-2
write(4, "x", 1) = -1 EPIPE
< [P.], seq 1:6, ack 2, length 5: "hello"
+0..0.04 > [.], seq 2, ack 6
read(4, "hello", 100) = 5
< [F.], seq 6, ack 2
> [.], seq 2, ack 7
read(4, "", 100) = 0
state connection TIME-WAIT
