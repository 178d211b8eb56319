# The same over IPv6, with the longer header: MSS 1440.
ipv6
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1, win 64800, options [mss 1440]
< [.], seq 1, ack 1
accept4(3, [2001:db8::2]:40000, 0) = 4
state 4 ESTABLISHED
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1, length 5: "hello"
< [.], seq 1, ack 6
