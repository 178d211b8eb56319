# Nothing is acknowledged: the same segment again after 0.2, 0.4, 0.8 s (RFC
# 6298 §5.5, TCP_RTO_MIN), and one segment only.
given server
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1
> [P.], seq 1001:2001, ack 1
+0.2~0.03 > [.], seq 1:1001, ack 1
+0.4~0.06 > [.], seq 1:1001, ack 1
info 4 tcpi_snd_cwnd 1
info 4 tcpi_backoff 2
+0.8~0.1 > [.], seq 1:1001, ack 1
< [.], seq 1, ack 2001
nstat TcpRetransSegs 3
