# In CLOSE-WAIT this side may still send.
given server
< [F.], seq 1, ack 1
+0..0.05 > [.], seq 1, ack 2
write(4, "bye", 3) = 3
> [P.], seq 1:4, ack 2, length 3: "bye"
< [.], seq 2, ack 4
close(4) = 0
> [F.], seq 4, ack 2
< [.], seq 2, ack 5
state connection CLOSED
