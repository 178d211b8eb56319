# SO_LINGER with 0 s: close resets.
given server
setsockopt(4, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=0}, 8) = 0
close(4) = 0
> [R.], seq 1, ack 1
state connection CLOSED
nstat TcpExtTCPAbortOnData 1
