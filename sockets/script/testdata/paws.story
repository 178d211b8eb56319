# PAWS (RFC 7323 §5): a segment with an older timestamp is from another time. It
# is dropped and answered.
given server, options [mss 1000,sackOK,TS val 5000 ecr 0]
< [P.], seq 1:11, ack 1, options [nop,nop,TS val 5010 ecr 0]
+0..0.05 > [.], seq 1, ack 11, options [nop,nop,TS val any ecr 5010]
< [P.], seq 11:21, ack 1, options [nop,nop,TS val 4000 ecr 0]
> [.], seq 1, ack 11, options [nop,nop,TS val any ecr 5010]
nstat TcpExtPAWSEstab 1
read(4, ..., 100) = 10
