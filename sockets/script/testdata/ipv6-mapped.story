# An IPv6 socket takes IPv4 as well, under a mapped address (RFC 4291 §2.5.5.2).
socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3
bind(3, [::]:80) = 0
listen(3, 5) = 0
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, [::ffff:10.0.0.2]:40000, 0) = 4
