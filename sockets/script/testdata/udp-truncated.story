# What does not fit into the buffer is lost: a read is one datagram.
socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 3
bind(3, 0.0.0.0:53) = 0
< 5000 > 53: UDP, length 10: "0123456789"
< 5000 > 53: UDP, length 3: "abc"
recv(3, "0123", 4, MSG_TRUNC) = 10
read(3, "abc", 100) = 3
