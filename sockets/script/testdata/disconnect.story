# connect with AF_UNSPEC resets the connection, and the socket is as new.
given client
connect(3, {sa_family=AF_UNSPEC}) = 0
> [R.], seq 1, ack 1
state 3 CLOSED
