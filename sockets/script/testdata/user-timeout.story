# TCP_USER_TIMEOUT bounds how long data may stay without an ACK (RFC 5482),
# counted from the first retransmission.
given server
setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [500], 4) = 0
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1
read(4, ..., 10) <unfinished ...>
+0.2~0.03 > [P.], seq 1:6, ack 1
+0.4~0.06 > [P.], seq 1:6, ack 1
+0.1~0.06 <... read resumed> = -1 ETIMEDOUT
