# A SYN is never marked (RFC 3168 §6.1.1): one that is gets no ECN, for whoever
# marks all packets alike has not asked for it.
given listener
< [SEW], seq 0, win 32792, options [mss 1000], ECT(0)
> [S.], seq 0, ack 1
nstat IpExtInECT0Pkts 1
