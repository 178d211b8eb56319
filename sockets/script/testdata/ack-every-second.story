# A second full segment is acknowledged at once, and the first with it: RFC 9293
# §3.8.6.3.
given server
< [P.], seq 1:1001, ack 1
+0..0.04 > [.], seq 1, ack 1001
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1001
+0.1 < [.], seq 1001:2001, ack 6
< [.], seq 2001:3001, ack 6
+0..0.02~0.005 > [.], seq 6, ack 3001
