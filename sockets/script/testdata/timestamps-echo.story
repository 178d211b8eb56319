# A timestamp is echoed: the last one that came in order (RFC 7323 §4.3).
given server, options [mss 1000,sackOK,TS val 100 ecr 0]
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 1, options [nop,nop,TS val any ecr 100]
+0.01 < [P.], seq 1:6, ack 6, options [nop,nop,TS val 110 ecr any]
+0..0.05 > [.], seq 6, ack 6, options [nop,nop,TS val any ecr 110]
< [P.], seq 11:16, ack 6, options [nop,nop,TS val 120 ecr any]
> [.], seq 6, ack 6, options [nop,nop,TS val any ecr 110,nop,nop,sack 1 {11:16}]
