# SO_RCVTIMEO: a read waits so long, and no longer.
given server
setsockopt(4, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=300000}, 16) = 0
read(4, ..., 10) <unfinished ...>
+0.3 <... read resumed> = -1 EAGAIN
