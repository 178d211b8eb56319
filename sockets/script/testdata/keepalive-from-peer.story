# The peer's keep-alive has an old number, and is answered.
given server
< [.], seq 0, ack 1
> [.], seq 1, ack 1
