# A datagram longer than the MTU is cut, unless that is forbidden.
socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3
connect(3, 10.0.0.2:53) = 0
setsockopt(3, SOL_IP, IP_MTU_DISCOVER, [2], 4) = 0
write(3, ..., 1472) = 1472
> UDP, length 1472
write(3, ..., 1473) = -1 EMSGSIZE
