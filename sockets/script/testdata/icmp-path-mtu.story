# Path MTU discovery (RFC 1191): too long for a router, says ICMP; the segments
# become shorter, and what was too long is sent again at once.
given server, options [mss 1460]
write(4, ..., 1460) = 1460
> [P.], seq 1:1461, ack 1
< ICMP need to frag (mtu 1040)
> [.], seq 1:1001, ack 1
> [P.], seq 1001:1461, ack 1
< [.], seq 1, ack 1461
info 4 tcpi_pmtu 1040
