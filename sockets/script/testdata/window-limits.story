# No more is sent than the peer's window holds.
given server, win 3000
write(4, ..., 5000) = 5000
> [.], seq 1:1001, ack 1
> [.], seq 1001:2001, ack 1
> [.], seq 2001:3001, ack 1
+0.1 > nothing
< [.], seq 1, ack 3001, win 3000
> [.], seq 3001:4001, ack 1
> [P.], seq 4001:5001, ack 1
< [.], seq 1, ack 5001
