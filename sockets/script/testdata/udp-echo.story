# A datagram, who it is from, and an answer.
socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3
bind(3, 0.0.0.0:53) = 0
< 5000 > 53: UDP, length 4: "ping"
recvfrom(3, "ping", 100, 0, 10.0.0.2:5000) = 4
sendto(3, "pong", 4, 0, 10.0.0.2:5000) = 4
> 53 > 5000: UDP, length 4: "pong"
nstat UdpInDatagrams 1
nstat UdpOutDatagrams 1
