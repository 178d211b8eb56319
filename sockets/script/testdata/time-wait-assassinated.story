# RFC 1337: a reset ends TIME-WAIT before its time.
given server
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
< [R], seq 2
state connection CLOSED
