# A datagram for a port nobody has: ICMP says so (RFC 1122 §4.1.3.1).
< 5000 > 53: UDP, length 4: "ping"
> ICMP port unreachable
nstat UdpNoPorts 1
nstat IcmpOutDestUnreachs 1
