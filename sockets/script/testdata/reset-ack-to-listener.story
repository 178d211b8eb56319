# An ACK for a listener belongs to no connection: RFC 9293 §3.10.7.2.
given listener
< [.], seq 1, ack 77
> [R], seq 77, win 0
