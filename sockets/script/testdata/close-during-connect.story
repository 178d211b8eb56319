# Close while the SYN is on its way: nobody is told. The SYN-ACK that comes is
# reset.
socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) = -1 EINPROGRESS
> [S], seq 0
close(3) = 0
< [S.], seq 0, ack 1, win 32792, options [mss 1000]
> [R], seq 1
