# RFC 9293 figure 13: both sides close at the same time.
given server
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 1
> [.], seq 2, ack 2
state connection CLOSING
< [.], seq 2, ack 2
state connection TIME-WAIT
