# The ACK of the handshake may have data: RFC 9293 §3.5.
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
accept4(3, ..., 0) = 4
read(4, "hello", 100) = 5
