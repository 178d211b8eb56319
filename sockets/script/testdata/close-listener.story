# Closing a listener resets the connections that nobody has accepted.
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 1
close(3) = 0
> [R.], seq 1, ack 1
