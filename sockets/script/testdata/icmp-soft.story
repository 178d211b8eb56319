# For a connection that is open the same message is only a hint (RFC 1122
# §4.2.3.9): it goes on. Who asks is told.
given server
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1
< ICMP host unreachable
getsockopt(4, SOL_SOCKET, SO_ERROR, [EHOSTUNREACH], [4]) = 0
state 4 ESTABLISHED
< [.], seq 1, ack 6
