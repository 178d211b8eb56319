# A reset in CLOSE-WAIT: a write is told EPIPE, for the peer had closed before.
given server
< [F.], seq 1, ack 1
+0..0.05 > [.], seq 1, ack 2
< [R], seq 2
state 4 CLOSED
getsockopt(4, SOL_SOCKET, SO_ERROR, [EPIPE], [4]) = 0
