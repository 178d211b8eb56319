# With tcp_abort_on_overflow the ACK that finds the accept queue full is reset.
sysctl net.ipv4.tcp_abort_on_overflow = 1
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
> [R], seq 1
state connection CLOSED
