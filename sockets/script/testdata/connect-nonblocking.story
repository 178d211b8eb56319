# A connect that does not wait: EINPROGRESS, then poll, then SO_ERROR.
socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) = -1 EINPROGRESS
> [S], seq 0
connect(3, 10.0.0.2:80) = -1 EALREADY
poll([{fd=3, events=POLLOUT}], 1, 0) = 0
+0.1 < [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [.], seq 1, ack 1
poll([{fd=3, events=POLLOUT}], 1, 0) = 1 ([{fd=3, revents=POLLOUT}])
getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
connect(3, 10.0.0.2:80) = 0
connect(3, 10.0.0.2:80) = -1 EISCONN
