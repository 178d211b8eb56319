// Package script runs stories: a program's system calls on one side of a host,
// packets on the other, and what must come of them. A story is text, and reads
// like strace and tcpdump side by side.
//
//	given listener
//	< [S], seq 0, win 32792, options [mss 1000]
//	> [S.], seq 0, ack 1, win 64240, options [mss 1460]
//	+1 > [S.], seq 0, ack 1, win 64240, options [mss 1460]   # no ACK: again
//
// [Run] runs it on a simulated host ([Simulated]) and says what happened, or
// what did not happen. The same story runs on a real kernel over a TUN device
// (package sockets/linux, OpenTap).
//
// # The grammar, on one page
//
//	line      = [time] step  ["#" comment]
//	time      = "+" seconds          after the step before; without a time: at once
//	          | seconds              after the story's start
//	          | "any"                whenever it is
//	            both may be ranges, +0.2..0.3, and have a tolerance, +1~0.05
//
//	step      = call "(" arguments ")" "=" result       as strace prints it
//	          | call "(" arguments ")" "<unfinished ...>"   it sleeps …
//	          | "<... " call " resumed>" "=" result         … and has ended
//	          | "<" packet           the peer sends it
//	          | ">" packet           the host sends it, and it is the next one
//	          | ">" "nothing"        up to this time the host sends nothing
//	          | "sysctl" key "=" value
//	          | "state" fd STATE     as ss or RFC 9293 spell it
//	          | "state" "connection" STATE   of the packets' connection, whoever has it
//	          | "info" fd field number       of getsockopt(TCP_INFO), as in tcpi_snd_cwnd
//	          | "nstat" counter number       since the start, as in TcpRetransSegs
//	          | "given" "listener"   3 listens on port 80
//	          | "given" "server" {", " win n | options [...] | rtt seconds}   … and 4 is a connection
//	          | "given" "client" {", " …}    3 is connected to the peer's port 80
//
//	argument  = number | NAME | NAME|NAME | "data" | "beginning"... | address:port
//	          | [value, …] | {field=value, …} | ...     the last is whatever it is;
//	            in data that is written, the pattern abcdefg…
//	result    = number | "-1" ERRNO | "?"
//
//	packet    = [ends ":"] "[" flags "]" {"," field}
//	          | [ends ":"] "UDP, length" n [: "data"]
//	          | "ICMP" message [", seq" n]    its error quotes the host's last packet
//	ends      = port ">" port, or address.port ">" address.port
//	flags     = S . P F R U E W as tcpdump has them, or none
//	field     = "seq" n | "seq" n:m | "ack" n | "win" n | "urg" n | "length" n [: "data"]
//	          | "ECT(0)" | "ECT(1)" | "CE" | "not-ECT"   the IP header's bits of ECN
//	          | "options [" mss n | wscale n | sackOK | TS val n ecr n | sack n {n:m} | nop | eol … "]"
//
//	head      = "tolerance" seconds  how late or early a step may be; default 0.01
//	          | "ipv6"               instead of IPv4
//	          | "mtu" n              of the wire; default 1500
//	          | "isn" n              the peer's first sequence number; default 1000
//	          | "limit" name n       a field of sockets.Limits: not for a real kernel
//	          | "simulator only:" reason
//	          | "pending:" reason    the simulator does not do this yet
//
// The host is 10.0.0.1, its peer 10.0.0.2 (2001:db8::1 and ::2); the peer's
// usual port is 40000, the host's 80. Packets are about the connection that the
// packet before was about, unless they name their ports; a SYN of the host's may
// begin another. Sequence numbers count from each side's SYN, which is 0, and
// timestamps of the host from its first. The number of the host's first
// segment is what it is.
//
// Of a packet that the host sends, what the story names must be so, and the
// length: a segment without seq n:m or a length has no data. (PSH is looked at
// only where the story has it.) Of one that the
// peer sends, what is not named is the usual: seq goes on, win stays, length
// is 0. What is sent without being written out is the pattern abcdefg….
package script
