# The peer's window is shut: probes ask for it, each after twice the time, with
# a number already acknowledged. When it opens, the data goes.
given server
< [.], seq 1, ack 1, win 0
write(4, "hello", 5) = 5
+0.2~0.03 > [.], seq 0, ack 1
< [.], seq 1, ack 1, win 0
+0.4~0.06 > [.], seq 0, ack 1
< [.], seq 1, ack 1, win 0
+0.8~0.1 > [.], seq 0, ack 1
< [.], seq 1, ack 1, win 1000
> [P.], seq 1:6, ack 1, length 5: "hello"
< [.], seq 1, ack 6
nstat TcpExtTCPWinProbe 3
