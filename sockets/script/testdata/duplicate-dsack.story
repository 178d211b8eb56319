# Data that has been here already is answered with D-SACK: which bytes came
# twice (RFC 2883).
given server, options [mss 1000,nop,nop,sackOK]
< [P.], seq 1:101, ack 1
+0..0.05 > [.], seq 1, ack 101, options []
< [P.], seq 1:101, ack 1
> [.], seq 1, ack 101, options [nop,nop,sack 1 {1:101}]
nstat TcpExtTCPDSACKOldSent 1
