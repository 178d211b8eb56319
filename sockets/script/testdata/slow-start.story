# Ten segments at the start (RFC 6928), then two for each that is acknowledged.
given server, rtt 0.05
write(4, ..., 30000) = 30000
> [.], seq 1:1001, ack 1
> [.], seq 1001:2001, ack 1
> [.], seq 2001:3001, ack 1
> [.], seq 3001:4001, ack 1
> [.], seq 4001:5001, ack 1
> [.], seq 5001:6001, ack 1
> [.], seq 6001:7001, ack 1
> [.], seq 7001:8001, ack 1
> [.], seq 8001:9001, ack 1
> [.], seq 9001:10001, ack 1
info 4 tcpi_snd_cwnd 10
+0.01 > nothing
< [.], seq 1, ack 2001
> [.], seq 10001:11001, ack 1
> [.], seq 11001:12001, ack 1
> [.], seq 12001:13001, ack 1
> [.], seq 13001:14001, ack 1
info 4 tcpi_snd_cwnd 12
