# RFC 5961 §5: an ACK of far too long ago is a guess, and answered as one.
given server
< [.], seq 1, ack -70000
> [.], seq 1, ack 1
nstat TcpExtTCPChallengeACK 1
