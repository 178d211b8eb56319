# SO_LINGER with a time: close waits for the ACK of the FIN.
given server
setsockopt(4, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=2}, 8) = 0
close(4) <unfinished ...>
> [F.], seq 1, ack 1
+0.1 < [.], seq 1, ack 2
<... close resumed> = 0
