# Both directions closed: poll says so without being asked.
given server
< [F.], seq 1, ack 1
+0..0.05 > [.], seq 1, ack 2
poll([{fd=4, events=POLLIN|POLLOUT|POLLRDHUP}], 1, 0) = 1 ([{fd=4, revents=POLLIN|POLLOUT|POLLRDHUP}])
shutdown(4, SHUT_WR) = 0
> [F.], seq 1, ack 2
< [.], seq 2, ack 2
poll([{fd=4, events=POLLIN|POLLOUT|POLLRDHUP}], 1, 0) = 1 ([{fd=4, revents=POLLIN|POLLOUT|POLLHUP|POLLRDHUP}])
