# RFC 5961 §3: a reset inside the window that is not exactly the next number is
# answered, and ends nothing; the exact one does.
given server
< [R], seq 100
> [.], seq 1, ack 1
state 4 ESTABLISHED
nstat TcpExtTCPChallengeACK 1
< [R], seq 1
state 4 CLOSED
read(4, ..., 10) = -1 ECONNRESET
read(4, ..., 10) = 0
