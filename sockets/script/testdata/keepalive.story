# Keep-alive: after TCP_KEEPIDLE a segment with an old number asks whether the
# peer is there, TCP_KEEPCNT times, TCP_KEEPINTVL apart; then it is not.
given server
setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0
setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0
setsockopt(4, SOL_TCP, TCP_KEEPCNT, [2], 4) = 0
setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
read(4, ..., 10) <unfinished ...>
+1 > [.], seq 0, ack 1
+1 > [.], seq 0, ack 1
+1 > [R.], seq 1, ack 1
<... read resumed> = -1 ETIMEDOUT
nstat TcpExtTCPKeepAlive 2
