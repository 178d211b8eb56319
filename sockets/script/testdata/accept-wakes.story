# An accept sleeps until the handshake is over.
given listener
accept4(3, 10.0.0.2:40000, 0) <unfinished ...>
+0.1 < [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
+0.1 < [.], seq 1, ack 1
<... accept4 resumed> = 4
