# What a SYN offers: MSS, SACK, timestamps, window scaling (RFC 7323, RFC 2018).
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0, win 64240, options [mss 1460,sackOK,TS val 0 ecr 0,nop,wscale 10]
< [S.], seq 0, ack 1, win 32792, options [mss 1000,sackOK,TS val 700 ecr 0,nop,wscale 7]
> [.], seq 1, ack 1, win 63, options [nop,nop,TS val any ecr 700]
<... connect resumed> = 0
