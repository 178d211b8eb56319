# A send buffer that is full: a write that does not wait takes what fits, and
# poll says when there is room again.
given server, win 65535
fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
setsockopt(4, SOL_SOCKET, SO_SNDBUF, [4608], 4) = 0
< [.], seq 1, ack 1, win 0
write(4, ..., 100000) = ?
write(4, ..., 100000) = -1 EAGAIN
poll([{fd=4, events=POLLOUT}], 1, 0) = 0
