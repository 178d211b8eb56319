# An ACK of data that was never sent is dropped, with an ACK: RFC 9293 §3.10.7.4.
given server
< [.], seq 1, ack 1000
> [.], seq 1, ack 1
state 4 ESTABLISHED
