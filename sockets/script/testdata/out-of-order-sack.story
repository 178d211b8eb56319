# With SACK the answer to a segment behind a gap says what has arrived (RFC
# 2018 §4): the newest block first.
given server, options [mss 1000,nop,nop,sackOK]
< [.], seq 1001:2001, ack 1
> [.], seq 1, ack 1, options [nop,nop,sack 1 {1001:2001}]
< [.], seq 3001:4001, ack 1
> [.], seq 1, ack 1, options [nop,nop,sack 2 {3001:4001}{1001:2001}]
< [.], seq 2001:3001, ack 1
> [.], seq 1, ack 1, options [nop,nop,sack 1 {1001:4001}]
< [.], seq 1:1001, ack 1
> [.], seq 1, ack 4001, options []
