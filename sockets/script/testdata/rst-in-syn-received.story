# A reset of a half-open connection frees its place: RFC 9293 §3.10.7.4.
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [R.], seq 1, ack 1
state connection CLOSED
nstat TcpExtEmbryonicRsts 1
