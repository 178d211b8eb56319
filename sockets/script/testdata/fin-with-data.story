# A FIN comes with the last bytes: both are acknowledged, the bytes are read
# first.
given server
< [FP.], seq 1:6, ack 1, length 5: "hello"
+0..0.04 > [.], seq 1, ack 7
poll([{fd=4, events=POLLIN|POLLRDHUP}], 1, 0) = 1 ([{fd=4, revents=POLLIN|POLLRDHUP}])
read(4, "hello", 100) = 5
read(4, "", 100) = 0
state 4 CLOSE-WAIT
