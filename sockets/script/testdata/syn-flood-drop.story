# The same without cookies: the SYN is dropped.
sysctl net.ipv4.tcp_syncookies = 0
given listener
listen(3, 1) = 0
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40002 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40002: [S.], seq 0, ack 1
< 40003 > 80: [S], seq 0, win 32792, options [mss 1000]
+0.1 > nothing
nstat TcpExtTCPReqQFullDrop 1
nstat TcpExtListenDrops 1
