# The same bits in the traffic class of IPv6 (RFC 3168 §5).
ipv6
given listener
< [SEW], seq 0, win 32792, options [mss 1000]
> [S.E], seq 0, ack 1, not-ECT
< [.], seq 1, ack 1
accept4(3, [2001:db8::2]:40000, 0) = 4
< [.], seq 1:1001, ack 1, length 1000, CE
> [.E], seq 1, ack 1001, not-ECT
write(4, "one", 3) = 3
> [P.E], seq 1:4, ack 1001, ECT(0)
nstat Ip6InCEPkts 1
