# A SYN with an old number in TIME-WAIT is answered with the last ACK.
given server
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
< [S], seq -1000, win 32792, options [mss 1000]
> [.], seq 2, ack 2
state connection TIME-WAIT
