# A datagram over IPv6 for a port nobody has: ICMPv6 says so.
ipv6
< 5000 > 53: UDP, length 4: "ping"
> ICMP port unreachable
