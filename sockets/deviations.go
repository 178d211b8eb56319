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
	{"stored-options",
		"IP_TOS, SO_PRIORITY and SO_MARK are on every packet, SO_BINDTODEVICE chooses the card, TCP_MD5SIG signs, SO_BUSY_POLL polls.",
		"Options that only such things would show (marked optStored in sockopt_*.go) are checked, kept and read back, and change nothing.",
		"They steer what is not here: queueing disciplines, policy routing, encryption.",
		"setsockopt IP_TOS, and tcpdump -v of the next packet: tos 0x0"},
	{"accurate-ecn",
		"A SYN-ACK with CWR begins Accurate ECN (RFC 9768), even where the SYN has asked for ECN only.",
		"It agrees to nothing, as RFC 3168 §6.1.1 has it, and no packet is marked.",
		"Linux 6.18 does not let anybody ask for Accurate ECN: tcp_ecn is 2 at most.",
		"tcp_ecn 1, and an answer with flags [S.EW]: the ACK has W"},
	{"local-drop",
		"A segment that the host's own transmit queue refuses counts as not sent: it stays at the head of the write queue, and the window shrinks at once (tcp_enter_cwr).",
		"It counts as sent and lost, as if a router had dropped it: tx_dropped, and a retransmission later.",
		"TCP Small Queues keep a real host's queue short, so one hardly sees it there; here a link's queue stands for the next router's.",
		"ss -ti: unacked, after a write into a full queue"},
	{"offload-defaults",
		"Cards have TSO and GRO on: tcpdump shows segments of up to 64 KiB.",
		"They are off until SetOffload turns them on.",
		"A story should show every segment that is on the wire.",
		"ethtool -k eth0"},
	{"blocking-signals",
		"A write to a connection that has ended raises SIGPIPE before it answers EPIPE; a signal ends a sleeping call with EINTR.",
		"There are no signals.",
		"Every program would have to say what it does with them.",
		"write after a reset"},
}
