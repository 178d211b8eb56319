# A connected UDP socket is told that nobody has the port: once, at its next
# call.
socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3
connect(3, 10.0.0.2:53) = 0
write(3, "ping", 4) = 4
> UDP, length 4: "ping"
< ICMP port unreachable
read(3, ..., 100) = -1 ECONNREFUSED
write(3, "ping", 4) = 4
> UDP, length 4: "ping"
