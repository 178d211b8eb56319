# A host that is unreachable: a connect ends with EHOSTUNREACH.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< ICMP host unreachable
<... connect resumed> = -1 EHOSTUNREACH
