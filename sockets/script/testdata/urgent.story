# One urgent byte: outside the stream for who reads it apart.
given server
send(4, "abc", 3, MSG_OOB) = 3
> [P.U], seq 1:4, ack 1, urg 3, length 3: "abc"
< [P.U], seq 1:4, ack 4, urg 3, length 3: "xyz"
+0..0.04 > [.], seq 4, ack 4
poll([{fd=4, events=POLLIN|POLLPRI}], 1, 0) = 1 ([{fd=4, revents=POLLIN|POLLPRI}])
recv(4, "z", 10, MSG_OOB) = 1
recv(4, "z", 10, MSG_OOB) = -1 EINVAL
read(4, "xy", 10) = 2
ioctl(4, SIOCATMARK, [1]) = 0
