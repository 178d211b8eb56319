# What lies outside the window is answered with where the window is. Without
# data such answers are rationed: one in half a second (tcp_invalid_ratelimit).
given server
< [.], seq 100001, ack 1
> [.], seq 1, ack 1
< [.], seq 100001, ack 1
+0.1 > nothing
nstat TcpExtTCPACKSkippedSeq 1
+0.6 < [.], seq 100001, ack 1
> [.], seq 1, ack 1
