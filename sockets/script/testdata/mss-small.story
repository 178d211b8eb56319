# Segments are as long as the peer's MSS allows; the last one says PSH.
given server, options [mss 400]
write(4, ..., 1000) = 1000
> [.], seq 1:401, ack 1
> [.], seq 401:801, ack 1
> [P.], seq 801:1001, ack 1
< [.], seq 1, ack 1001
info 4 tcpi_snd_mss 400
info 4 tcpi_advmss 1460
