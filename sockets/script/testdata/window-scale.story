# Window scaling (RFC 7323): both sides must offer it, and a SYN's window is
# never scaled. Here 8 means 8 << 7, 1024 bytes.
given listener
< [S], seq 0, win 32792, options [mss 1000,nop,wscale 7]
> [S.], seq 0, ack 1, win 64240, options [mss 1460,nop,wscale 10]
< [.], seq 1, ack 1, win 100
accept4(3, ..., 0) = 4
write(4, ..., 2000) = 2000
> [.], seq 1:1001, ack 1, win 63
> [.], seq 1001:2001, ack 1, win 63
< [.], seq 1, ack 2001, win 8
write(4, ..., 2000) = 2000
> [.], seq 2001:3001, ack 1
> [.], seq 3001:3025, ack 1
+0.1 > nothing
< [.], seq 1, ack 3025, win 100
> [P.], seq 3025:4001, ack 1
< [.], seq 1, ack 4001, win 100
