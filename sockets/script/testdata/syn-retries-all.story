# The defaults: 1,1,1,1,1,2,4,8,16,32 s between the SYNs, and 64 s after the
# last one ETIMEDOUT: 131 s in all.
simulator only: two minutes
socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
0 > [S], seq 0
1 > [S], seq 0
2 > [S], seq 0
3 > [S], seq 0
4 > [S], seq 0
5 > [S], seq 0
7 > [S], seq 0
11 > [S], seq 0
19 > [S], seq 0
35 > [S], seq 0
67 > [S], seq 0
131 <... connect resumed> = -1 ETIMEDOUT
