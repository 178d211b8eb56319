# Nagle's algorithm (RFC 9293 §3.7.4): one small segment on its way, the next
# wait for its ACK.
given server
write(4, "one", 3) = 3
> [P.], seq 1:4, ack 1, length 3: "one"
write(4, "two", 3) = 3
write(4, "three", 5) = 5
+0.1 > nothing
< [.], seq 1, ack 4
> [P.], seq 4:12, ack 1, length 8: "twothree"
< [.], seq 1, ack 12
