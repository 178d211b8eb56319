# A reset outside the window is nothing at all: RFC 9293 §3.10.7.4.
given server
< [R], seq 200000
+0.1 > nothing
state 4 ESTABLISHED
