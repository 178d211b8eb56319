# What TCP_CORK holds goes after 200 ms all the same.
given server
setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0
write(4, "hello", 5) = 5
+0.2~0.03 > [P.], seq 1:6, ack 1
< [.], seq 1, ack 6
