# A segment without ACK in an open connection is dropped in silence: RFC 9293
# §3.10.7.4.
given server
< [P], seq 1:6, length 5: "hello"
+0.1 > nothing
ioctl(4, FIONREAD, [0]) = 0
