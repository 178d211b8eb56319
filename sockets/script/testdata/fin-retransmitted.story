# A FIN without answer is sent again, as data would be.
given server
close(4) = 0
> [F.], seq 1, ack 1
+0.2~0.03 > [F.], seq 1, ack 1
+0.4~0.06 > [F.], seq 1, ack 1
< [.], seq 1, ack 2
state connection FIN-WAIT-2
