# The host answers a ping.
< ICMP echo request, id 7, seq 1, length 8: "abcdefgh"
> ICMP echo reply, id 7, seq 1, length 8: "abcdefgh"
