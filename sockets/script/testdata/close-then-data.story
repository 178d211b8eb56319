# Data for a socket that nobody holds any more is reset.
given server
close(4) = 0
> [F.], seq 1, ack 1
< [.], seq 1, ack 2
< [P.], seq 1:101, ack 2
> [R], seq 2
state connection CLOSED
