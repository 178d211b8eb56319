# SO_RCVLOWAT: a read sleeps until so much is there, and nobody is woken for
# less.
given server
setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [10], 4) = 0
read(4, "helloagain", 100) <unfinished ...>
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.05 > [.], seq 1, ack 6
poll([{fd=4, events=POLLIN}], 1, 0) = 0
+0.1 < [P.], seq 6:11, ack 1, length 5: "again"
<... read resumed> = 10
+0..0.05 > [.], seq 1, ack 11
