# shutdown(SHUT_RD) is known to this side only: the peer hears nothing of it.
given server
shutdown(4, SHUT_RD) = 0
read(4, "", 10) = 0
+0.1 > nothing
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.04 > [.], seq 1, ack 6
read(4, "hello", 10) = 5
read(4, "", 10) = 0
