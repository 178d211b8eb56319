# A write that finds no room in the send buffer sleeps until the peer has
# acknowledged some.
given server, win 65535
setsockopt(4, SOL_SOCKET, SO_SNDTIMEO, {tv_sec=0, tv_usec=100000}, 16) = 0
setsockopt(4, SOL_SOCKET, SO_SNDBUF, [4608], 4) = 0
< [.], seq 1, ack 1, win 0
write(4, ..., 1000000) <unfinished ...>
+0.1 <... write resumed> = ?
