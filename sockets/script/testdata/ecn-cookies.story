# A SYN cookie keeps the agreement on ECN in its timestamp (RFC 4987 §3.6 names
# the loss of options; net/ipv4/syncookies.c TS_OPT_ECN).
sysctl net.ipv4.tcp_syncookies = 2
given listener
< [SEW], seq 0, win 32792, options [mss 1000,sackOK,TS val 700 ecr 0]
> [S.E], seq 0, ack 1
state connection CLOSED
< [.], seq 1, ack 1, options [nop,nop,TS val 701 ecr any]
accept4(3, 10.0.0.2:40000, 0) = 4
info 4 tcpi_options 11
write(4, "one", 3) = 3
> [P.], seq 1:4, ack 1, ECT(0)
