# Data that has been here already is not delivered twice.
given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
< [P.], seq 1:6, ack 1, length 5: "hello"
> [.], seq 1, ack 6
< [P.], seq 3:9, ack 1, length 6: "llo!!!"
+0..0.05 > [.], seq 1, ack 9
read(4, "hello!!!", 100) = 8
