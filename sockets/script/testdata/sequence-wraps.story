# Sequence numbers pass 2³² like any other number.
isn 4294967290
given server
< [P.], seq 1:101, ack 1
+0..0.05 > [.], seq 1, ack 101
read(4, ..., 200) = 100
< [F.], seq 101, ack 1
+0..0.05 > [.], seq 1, ack 102
