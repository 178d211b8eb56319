# An ACK of part of a segment: what is left of it is sent again, and no more.
given server, rtt 0.05
write(4, ..., 1000) = 1000
> [P.], seq 1:1001, ack 1
< [.], seq 1, ack 501
+0.2..0.3~0.05 > [P.], seq 501:1001, ack 1
< [.], seq 1, ack 1001
