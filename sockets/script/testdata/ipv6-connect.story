# connect over IPv6, refused.
ipv6
socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, [2001:db8::2]:80) <unfinished ...>
> [S], seq 0
< [R.], seq 0, ack 1
<... connect resumed> = -1 ECONNREFUSED
