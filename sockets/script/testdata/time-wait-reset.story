# RFC 1337: a reset may end TIME-WAIT before its time. With tcp_rfc1337 it may
# not.
sysctl net.ipv4.tcp_rfc1337 = 1
given server
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
< [R], seq 2
state connection TIME-WAIT
