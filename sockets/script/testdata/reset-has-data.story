# What came before a reset can still be read; the call after it is told.
given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
< [R], seq 6
read(4, "hello", 10) = 5
read(4, ..., 10) = -1 ECONNRESET
read(4, "", 10) = 0
