# An orphan in FIN-WAIT-2 is given up after tcp_fin_timeout.
sysctl net.ipv4.tcp_fin_timeout = 1
given server
close(4) = 0
> [F.], seq 1, ack 1
< [.], seq 1, ack 2
state connection FIN-WAIT-2
+0.7 state connection FIN-WAIT-2
+0.7 state connection CLOSED
< [F.], seq 1, ack 2
> [R], seq 2
