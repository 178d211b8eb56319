# A reset in FIN-WAIT-2 ends the connection for who still reads.
given server
shutdown(4, SHUT_WR) = 0
> [F.], seq 1, ack 1
< [.], seq 1, ack 2
state 4 FIN-WAIT-2
< [R], seq 1
read(4, ..., 10) = -1 ECONNRESET
state 4 CLOSED
