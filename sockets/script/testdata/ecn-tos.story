# The kernel keeps the mark in the socket's IP_TOS, beside the program's bits: it
# can be read, and is that of the last segment.
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1
< [.], seq 1, ack 1
accept4(3, 10.0.0.2:40000, 0) = 4
getsockopt(4, SOL_IP, IP_TOS, [0], [4]) = 0
write(4, "one", 3) = 3
> [P.], seq 1:4, ack 1, ECT(0)
getsockopt(4, SOL_IP, IP_TOS, [2], [4]) = 0
< [.], seq 1:1001, ack 4, length 1000, ECT(0)
> [.], seq 4, ack 1001, not-ECT
getsockopt(4, SOL_IP, IP_TOS, [0], [4]) = 0
