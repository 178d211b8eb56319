# UDP datagrams of no bytes are datagrams.
socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3
bind(3, 0.0.0.0:53) = 0
< 5000 > 53: UDP, length 0
recvfrom(3, "", 100, 0, 10.0.0.2:5000) = 0
sendto(3, "", 0, 0, 10.0.0.2:5000) = 0
> 53 > 5000: UDP, length 0
