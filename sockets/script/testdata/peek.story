# MSG_PEEK looks and leaves.
given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
recv(4, "hel", 3, MSG_PEEK) = 3
recv(4, "hello", 100, MSG_DONTWAIT) = 5
recv(4, ..., 100, MSG_DONTWAIT) = -1 EAGAIN
