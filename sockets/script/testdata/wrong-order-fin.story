# A FIN that comes before the data it ends waits for it.
given server
< [F.], seq 6, ack 1
> [.], seq 1, ack 1
state 4 ESTABLISHED
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 7
state 4 CLOSE-WAIT
read(4, "hello", 100) = 5
read(4, "", 100) = 0
