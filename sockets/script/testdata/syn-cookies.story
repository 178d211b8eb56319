# With tcp_syncookies = 2 nothing is kept of a SYN: all the SYN-ACK's number says.
sysctl net.ipv4.tcp_syncookies = 2
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, options [mss 1460]
state connection CLOSED
+1.5 > nothing
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
state 4 ESTABLISHED
nstat TcpExtSyncookiesSent 1
nstat TcpExtSyncookiesRecv 1
