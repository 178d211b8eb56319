# The accept queue fills between SYN and ACK: the ACK is dropped, and the
# SYN-ACK sent again for as long as the peer thinks it is connected.
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
bind(3, 0.0.0.0:80) = 0
listen(3, 1) = 0
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
< 40002 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40003 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40003 > 80: [.], seq 1, ack 1
< 40002 > 80: [.], seq 1, ack 1
nstat TcpExtListenOverflows 1
nstat TcpExtListenDrops 1
+1 > 80 > 40002: [S.], seq 0, ack 1
accept4(3, 10.0.0.2:40001, 0) = 4
< 40002 > 80: [.], seq 1, ack 1
accept4(3, 10.0.0.2:40003, 0) = 5
accept4(3, 10.0.0.2:40002, 0) = 6
