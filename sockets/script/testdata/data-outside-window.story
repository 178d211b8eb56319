# Data behind the window is dropped, each time with an answer.
given server
< [P.], seq 100001:100011, ack 1
> [.], seq 1, ack 1
< [P.], seq 100001:100011, ack 1
> [.], seq 1, ack 1
ioctl(4, FIONREAD, [0]) = 0
