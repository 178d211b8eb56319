# shutdown(SHUT_RDWR) sends the FIN, and the peer's own ends it.
given server
shutdown(4, SHUT_RDWR) = 0
> [F.], seq 1, ack 1
< [.], seq 1, ack 2
read(4, "", 10) = 0
state 4 FIN-WAIT-2
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
