# A SYN without an MSS option means 536 bytes: RFC 9293 §3.7.1.
given server, options []
write(4, ..., 1000) = 1000
> [.], seq 1:537, ack 1
> [P.], seq 537:1001, ack 1
< [.], seq 1, ack 1001
