# A FIN is no answer: what the peer still sends is acknowledged at once, as
# before it.
given server
< [.], seq 1:1001, ack 1, length 1000
> [.], seq 1, ack 1001
shutdown(4, SHUT_WR) = 0
> [F.], seq 1, ack 1001
< [.], seq 1001, ack 2
< [.], seq 1001:2001, ack 2, length 1000
> [.], seq 2, ack 2001
