# Who answers what it is told delays its ACKs: up to 40 ms, in the hope of data
# to send them with.
given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.04 > [.], seq 1, ack 6
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 6
< [.], seq 6, ack 6
+0.1 < [P.], seq 6:11, ack 6, length 5: "again"
+0.01 write(4, "yes", 3) = 3
> [P.], seq 6:9, ack 11
< [.], seq 11, ack 9
+0.1 < [P.], seq 11:16, ack 9, length 5: "third"
+0.04~0.008 > [.], seq 9, ack 16
nstat TcpExtDelayedACKs 1
