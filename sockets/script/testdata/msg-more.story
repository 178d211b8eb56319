# MSG_MORE is a cork for one call.
given server
send(4, "one", 3, MSG_MORE) = 3
+0.1 > nothing
write(4, "two", 3) = 3
> [P.], seq 1:7, ack 1, length 6: "onetwo"
< [.], seq 1, ack 7
