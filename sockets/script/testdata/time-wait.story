# TIME-WAIT is 60 s. A FIN that comes again is acknowledged, and the time starts
# anew (RFC 9293 §3.10.7.4).
simulator only: a minute and a half
given server
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2
> [.], seq 2, ack 2
+30 < [F.], seq 1, ack 2
> [.], seq 2, ack 2
+59 state connection TIME-WAIT
+2 state connection CLOSED
