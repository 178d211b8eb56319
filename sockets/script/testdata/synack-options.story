# A SYN-ACK repeats of the offered options those that both know.
given listener
< [S], seq 0, win 32792, options [mss 1000,sackOK,TS val 700 ecr 0,nop,wscale 7]
> [S.], seq 0, ack 1, win 65160, options [mss 1460,sackOK,TS val 0 ecr 700,nop,wscale 10]
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000,nop,nop,sackOK]
> [S.], seq 0, ack 1, win 64240, options [mss 1460,nop,nop,sackOK]
