package sockets

// Deviation is a known difference between this kernel and Linux 6.18, one that
// a program or a person could see.
type Deviation struct {
	ID    string // a short name
	Linux string // what Linux does
	Here  string // what happens here
	Why   string
	See   string // how to see it
}

// Deviations is the register of what is left out. Each record has a test that
// shows the difference and fails when it is mended, so that the list is never
// longer than the truth; what is not in it and differs is a bug.
var Deviations = []Deviation{
	{"syn-options",
		"A SYN offers MSS, SACK, timestamps and a window scale.",
		"It offers the MSS alone, so a window is 65,535 bytes at most.",
		"TCP under loss is a chapter of its own.",
		"tcpdump shows options [mss 1460] and no others"},
	{"send-buffer",
		"The send buffer of a connection grows with the congestion window, up to tcp_wmem[2], 4 MB.",
		"It stays at what a new connection has: 87,040 bytes on Ethernet, 2,626,560 on lo.",
		"It grows with the congestion window, and there is none yet.",
		"write without a reader until EAGAIN, and add up"},
	{"congestion-window",
		"A connection begins with ten segments in flight (initcwnd 10, RFC 6928) and learns.",
		"All that the peer's window allows goes out at once.",
		"Congestion control belongs to the chapter on loss.",
		"tcpdump of the first 50,000 bytes of a connection"},
	{"out-of-order",
		"A segment after a hole is kept, and the peer told of it (SACK).",
		"It is dropped and counted (TCPOFODrop); the sender repeats it after its timeout.",
		"As before.",
		"nstat TcpExtTCPOFODrop"},
	{"fragments",
		"A datagram longer than the wire's MTU travels in fragments.",
		"It travels in one frame, however long.",
		"Fragmentation comes with path MTU discovery.",
		"ip -s link: one frame for 4,000 bytes"},
	{"multicast",
		"A datagram to a group reaches everybody who has joined it.",
		"Groups can be joined and left, with Linux's answers, but nothing is sent there: ENETUNREACH.",
		"There are no switches here.",
		"sendto 224.0.0.251"},
	{"ancillary-data",
		"recvmsg gives what IP_PKTINFO, SO_TIMESTAMP or IP_RECVERR ask for, in msg_control.",
		"msg_control stays as it was.",
		"No lesson needs it yet.",
		"setsockopt IP_PKTINFO, then recvmsg"},
	{"other-families",
		"AF_UNIX, SOCK_RAW and ping sockets carry data.",
		"They answer every call, and nothing ever arrives at them.",
		"The subject is TCP and UDP.",
		"send an echo request on a raw socket, and wait for the reply"},
	{"tcp-mem",
		"Data that waits in all sockets together is charged against tcp_mem, 9.37 % of RAM; beyond it writers wait and arriving data is dropped.",
		"Sockets are charged against RAM, data in them against nobody.",
		"The capacity model computes this limit; the host does not run into it yet.",
		"leave more unread than a tenth of the RAM"},
	{"blocking-signals",
		"A write to a connection that has ended raises SIGPIPE before it answers EPIPE; a signal ends a sleeping call with EINTR.",
		"There are no signals.",
		"Every program would have to say what it does with them.",
		"write after a reset"},
}
