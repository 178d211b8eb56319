# A peer that answers is left alone for as long again.
given server
setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0
setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0
setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
+1 > [.], seq 0, ack 1
< [.], seq 1, ack 1
+1 > [.], seq 0, ack 1
< [.], seq 1, ack 1
state 4 ESTABLISHED
