# A FIN that acknowledges ours: from FIN-WAIT-1 straight to TIME-WAIT (RFC 9293
# §3.10.7.4).
given server
shutdown(4, SHUT_WR) = 0
> [F.], seq 1, ack 1
state 4 FIN-WAIT-1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
state connection TIME-WAIT
read(4, "", 10) = 0
