# A port that is unreachable, says ICMP: a connect ends at once (RFC 5461 §4).
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< ICMP port unreachable
<... connect resumed> = -1 ECONNREFUSED
nstat IcmpInDestUnreachs 1
