# tcp_retries2 bounds the time since the first retransmission, not the count:
# with 1 it is 0.6 s, what timeouts of 0.2 and 0.4 s take. The third timeout
# finds it passed.
sysctl net.ipv4.tcp_retries2 = 1
given server
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1
read(4, ..., 10) <unfinished ...>
+0.2~0.03 > [P.], seq 1:6, ack 1
+0.4~0.06 > [P.], seq 1:6, ack 1
+0.8~0.1 <... read resumed> = -1 ETIMEDOUT
state connection CLOSED
nstat TcpExtTCPAbortOnTimeout 1
