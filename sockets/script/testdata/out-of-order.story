# A gap: each segment behind it is answered at once with what is still missing
# (RFC 5681 §4.2); when the gap is filled, everything is read in order.
given server
< [P.], seq 6:11, ack 1, length 5: "world"
> [.], seq 1, ack 1
< [P.], seq 11:12, ack 1, length 1: "!"
> [.], seq 1, ack 1
ioctl(4, FIONREAD, [0]) = 0
< [P.], seq 1:6, ack 1, length 5: "hello"
> [.], seq 1, ack 12
read(4, "helloworld!", 100) = 11
nstat TcpExtTCPOFOQueue 2
