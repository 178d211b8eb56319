# A read sleeps until data comes.
given server
read(4, "hello", 100) <unfinished ...>
+0.2 < [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
<... read resumed> = 5
