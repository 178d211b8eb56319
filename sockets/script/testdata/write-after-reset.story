# After a reset: the first call is told ECONNRESET, the next EPIPE.
given server
< [R], seq 1
write(4, "x", 1) = -1 ECONNRESET
write(4, "x", 1) = -1 EPIPE
read(4, "", 1) = 0
