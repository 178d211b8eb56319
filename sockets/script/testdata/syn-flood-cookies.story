# More half-open connections than the backlog has places: the next SYNs get
# cookies, and nothing is kept of them.
given listener
listen(3, 1) = 0
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40002 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40002: [S.], seq 0, ack 1
nstat TcpExtSyncookiesSent 0
< 40003 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40003: [S.], seq 0, ack 1
state connection CLOSED
nstat TcpExtSyncookiesSent 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40003, 0) = 4
