# MSG_WAITALL: a recv sleeps until the buffer is full, or the peer has ended.
given server
recv(4, "helloworld", 10, MSG_WAITALL) <unfinished ...>
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
+0.1 < [P.], seq 6:11, ack 1, length 5: "world"
<... recv resumed> = 10
+0..0.05 > [.], seq 1, ack 11
