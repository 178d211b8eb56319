# A message about a number that is not on its way is not believed.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< ICMP port unreachable, seq 5000
state 3 SYN-SENT
nstat TcpExtOutOfWindowIcmps 1
