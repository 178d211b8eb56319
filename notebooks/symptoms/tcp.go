package symptoms

import (
	"socketbook/sockets/wire"
)

// segment is a TCP segment to port 80 of the host, from its peer's port 9.
func (t *tapped) segment(flags wire.Flags) []byte {
	src, dst := t.ends()
	h := wire.TCP{SrcPort: 9, DstPort: 80, Flags: flags}
	b := make([]byte, wire.TCPLen)
	h.Put(b, wire.PseudoHeader4(src, dst, wire.ProtoTCP, len(b)), nil)
	return t.four(wire.ProtoTCP, b)
}

// tcpEntries are TCP's counters of what comes, goes, and ends.
var tcpEntries = []Entry{
	{Kind: Counter, Ordinary: true, Lesson: 6,
		Names: []string{"TcpInSegs", "TcpOutSegs", "TcpActiveOpens", "TcpPassiveOpens", "TcpExtTCPOrigDataSent", "TcpExtDelayedACKs"},
		Means: "Segments that came and went, connects (active) and connections that a listener opened (passive), data segments sent for the first time, and ACKs that waited for data to ride on.",
		Looks: "`nstat`. RetransSegs divided by OrigDataSent is the share sent again.",
		show: func(r *Run) {
			r.story(`given server
< [P.], seq 1:6, ack 1, length 5: "hello"
+0..0.04 > [.], seq 1, ack 6
write(4, "hello", 5) = 5
> [P.], seq 1:6, ack 6
< [.], seq 6, ack 6
+0.1 < [P.], seq 6:11, ack 6
+0.04~0.01 > [.], seq 6, ack 11
nstat TcpExtDelayedACKs 1`)
			r.lan().bulk(1000)
		}},
	{Kind: Counter, Names: []string{"TcpInErrs", "TcpInCsumErrors"}, Lesson: 6,
		Means: "A segment was not whole, or its checksum was wrong though the frame was whole: bits flipped inside a switch or a machine.",
		Looks: "`nstat`. The sender sees loss.",
		Knob:  "Find the machine that does it; the wire is not to blame.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(spoilt(t.segment(wire.SYN), -6))
		}},
	{Kind: Counter, Names: []string{"TcpOutRsts"}, Lesson: 2,
		Means: "This host sent RST: nobody listens at the port, a connection was aborted, or a segment came for a connection it does not know.",
		Looks: "`nstat`; `tcpdump 'tcp[tcpflags] & tcp-rst != 0'` shows to whom.",
		Knob:  "Start the server; read to the end before close.",
		show:  func(r *Run) { r.replay("sockets:v1:refused?seed=1") }},
	{Kind: Counter, Names: []string{"TcpExtTCPAbortOnData"}, Lesson: 6,
		Means: "Data came for a connection whose program has closed it, or it was closed with SO_LINGER 0: RST.",
		Looks: "`nstat`; ECONNRESET or EPIPE at the peer.",
		Knob:  "shutdown(SHUT_WR), then read until 0, then close.",
		Price: "Time, and a limit for peers that never end.",
		show: func(r *Run) {
			r.story(`given server
close(4) = 0
> [F.], seq 1, ack 1
< [.], seq 1, ack 2
< [P.], seq 1:101, ack 2
> [R], seq 2
nstat TcpExtTCPAbortOnData 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPAbortOnClose"}, Lesson: 6,
		Means: "The program closed with data unread. The kernel sends RST instead of FIN, so that the peer knows that something is lost.",
		Looks: "`nstat`; ECONNRESET at the peer, which may lose the answer it was about to read.",
		Knob:  "Read to the end before close.",
		show:  func(r *Run) { r.replay("sockets:v1:reset?how=unread") }},
	{Kind: Counter, Names: []string{"TcpExtTCPAbortOnTimeout"}, Lesson: 6,
		Means: "A connection was given up: no answer to SYNs, data or keep-alive probes for as long as the settings allow.",
		Looks: "`nstat`; ETIMEDOUT in the program.",
		Knob:  "net.ipv4.tcp_retries2, tcp_syn_retries, TCP_USER_TIMEOUT.",
		Price: "See ETIMEDOUT.",
		show:  unanswered},
	{Kind: Counter, Names: []string{"TcpExtTCPKeepAlive"}, Lesson: 6,
		Means: "Keep-alive probes sent: is the quiet peer still there?",
		Looks: "`nstat`; `ss -o` shows timer:(keepalive,…).",
		Knob:  "SO_KEEPALIVE with TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT; the defaults ask after two hours.",
		Price: "A segment now and then for each idle connection.",
		show: func(r *Run) {
			r.story(`given server
setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0
setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
+1 > [.], seq 0, ack 1
nstat TcpExtTCPKeepAlive 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtOutOfWindowIcmps"},
		Means: "An ICMP error about a segment that is not in flight: late, or forged.",
		Looks: "`nstat`.",
		Knob:  "None needed: it is not believed.",
		show: func(r *Run) {
			r.story(`socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< ICMP port unreachable, seq 5000
nstat TcpExtOutOfWindowIcmps 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPChallengeACK", "TcpExtTCPSYNChallenge"}, Lesson: 6,
		Means: "A RST or a SYN came that may be forged: in the window, and not at exactly the next number. The kernel asks the peer (RFC 5961); a real one sends the right RST then.",
		Looks: "`nstat`. A few come from peers that have crashed; many from an attack.",
		Knob:  "None needed.",
		show: func(r *Run) {
			r.story(`given server
< [R], seq 100
> [.], seq 1, ack 1
+1 < [S], seq 500, win 32792, options [mss 1000]
> [.], seq 1, ack 1
nstat TcpExtTCPSYNChallenge 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtTCPACKSkippedSeq", "TcpExtTCPACKSkippedChallenge", "TcpExtTCPACKSkippedSynRecv"}, Lesson: 6,
		Means: "An answer to a dubious segment was left out, since one was sent less than 500 ms before (net.ipv4.tcp_invalid_ratelimit): for one outside the window, a dubious RST or SYN, a half-open connection.",
		Looks: "`nstat`. Many mean that two ends disagree and would answer each other for ever.",
		Knob:  "net.ipv4.tcp_invalid_ratelimit.",
		Price: "Two ends may flood each other with ACKs.",
		show: func(r *Run) {
			r.story(`given server
< [.], seq 100001, ack 1
> [.], seq 1, ack 1
< [.], seq 100001, ack 1
+0.1 > nothing
nstat TcpExtTCPACKSkippedSeq 1`)
			r.story(`given server
< [S], seq 500, win 32792, options [mss 1000]
> [.], seq 1, ack 1
< [S], seq 500, win 32792, options [mss 1000]
+0.1 > nothing
nstat TcpExtTCPACKSkippedChallenge 1`)
			r.story(`given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 100001, ack 1
> [.], seq 1, ack 1
< [.], seq 100001, ack 1
+0.1 > nothing
nstat TcpExtTCPACKSkippedSynRecv 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtPAWSActive", "TcpExtPAWSEstab", "TcpExtPAWSOldAck", "TcpExtPAWSTimewait"}, Lesson: 6,
		Means: "A segment's timestamp was older than the last: an old duplicate, from a time before (RFC 7323). Active: a SYN-ACK that echoes a time never sent; Estab: in an open connection; OldAck: a mere ACK; Timewait: of a connection that has ended.",
		Looks: "`nstat`. Many from one address: several machines behind one NAT with different clocks, or packets that overtake each other.",
		Knob:  "net.ipv4.tcp_timestamps=0 turns the check off.",
		Price: "Without timestamps round trips are measured worse, and old duplicates can be taken for data at high rates.",
		show:  pawsShow},
}

// pawsShow has an old duplicate in each place.
func pawsShow(r *Run) {
	r.story(`given server, options [mss 1000,sackOK,TS val 5000 ecr 0]
< [P.], seq 1:11, ack 1, options [nop,nop,TS val 5010 ecr 0]
+0..0.05 > [.], seq 1, ack 11
< [P.], seq 11:21, ack 1, options [nop,nop,TS val 4000 ecr 0]
> [.], seq 1, ack 11
+0.1 < [.], seq 5, ack 1, options [nop,nop,TS val 4000 ecr 0]
+0.1 > nothing
nstat TcpExtPAWSEstab 1
nstat TcpExtPAWSOldAck 1`)
	r.story(`socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
connect(3, 10.0.0.2:80) <unfinished ...>
> [S], seq 0
< [S.], seq 0, ack 1, win 32792, options [mss 1000,sackOK,TS val 5000 ecr 99999]
> [R], seq 1
nstat TcpExtPAWSActive 1`)
	r.story(`given server, options [mss 1000,sackOK,TS val 5000 ecr 0]
close(4) = 0
> [F.], seq 1, ack 1
< [F.], seq 1, ack 2, options [nop,nop,TS val 5010 ecr 0]
> [.], seq 2, ack 2
< [.], seq 1, ack 2, options [nop,nop,TS val 4000 ecr 0]
> [.], seq 2, ack 2
nstat TcpExtPAWSTimewait 1`)
}

// queueEntries are counters of listeners: the two waiting lines.
var queueEntries = []Entry{
	{Kind: Counter, Names: []string{"TcpExtListenOverflows"}, Lesson: 3,
		Means: "A connection had finished its handshake, or was about to begin one, and the accept queue was full: it holds backlog+1. Nobody is refused: the packet is dropped without a word, and the client tries again after a second.",
		Looks: "`nstat`; `ss -tln` shows Recv-Q above Send-Q at the listener. At clients: connects that take one, three, seven seconds longer.",
		Knob:  "Accept faster; a larger backlog in listen(), up to net.core.somaxconn (4096).",
		Price: "A long queue hides a slow server: its clients wait inside, and time out there.",
		show:  func(r *Run) { r.replay("sockets:v1:backlog?clients=20&backlog=5") }},
	{Kind: Counter, Names: []string{"TcpExtListenDrops"}, Lesson: 3,
		Means: "A listener dropped a SYN or an ACK, for whatever reason: a full accept queue, a full SYN queue, no memory.",
		Looks: "`nstat`. Less ListenOverflows is what the other reasons took.",
		Knob:  "See ListenOverflows and TCPReqQFullDrop.",
		show:  func(r *Run) { r.replay("sockets:v1:backlog?clients=20&backlog=5") }},
	{Kind: Counter, Names: []string{"TcpExtTCPReqQFullDrop"}, Lesson: 3,
		Means: "The SYN queue was full and SYN cookies are off: the SYN was dropped.",
		Looks: "`nstat`; many SYN-RECV in `ss`. A flood of SYNs, or clients far away and a small backlog.",
		Knob:  "net.ipv4.tcp_syncookies=1; a larger backlog.",
		Price: "A connection from a cookie loses options if timestamps are off.",
		show: func(r *Run) {
			r.story(`sysctl net.ipv4.tcp_syncookies = 0
given listener
listen(3, 1) = 0
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40002 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40002: [S.], seq 0, ack 1
< 40003 > 80: [S], seq 0, win 32792, options [mss 1000]
+0.1 > nothing
nstat TcpExtTCPReqQFullDrop 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtSyncookiesSent", "TcpExtSyncookiesRecv"}, Lesson: 3,
		Means: "The SYN queue was full, and the kernel answered with a cookie: the connection is coded into the sequence number, and nothing is kept. Recv counts those that came back and became connections.",
		Looks: "`nstat`; \"possible SYN flooding on port 80. Sending cookies.\" in `dmesg`. Sent without Recv: an attack.",
		Knob:  "A larger backlog, if the clients are real.",
		Price: "Memory for each half-open connection, 341 bytes.",
		show: func(r *Run) {
			r.story(`given listener
listen(3, 1) = 0
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40002 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40002: [S.], seq 0, ack 1
< 40003 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40003: [S.], seq 0, ack 1
< [.], seq 1, ack 1
nstat TcpExtSyncookiesRecv 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtSyncookiesFailed"}, Lesson: 3,
		Means: "An ACK came whose number is no cookie of ours: too late (two minutes), or forged.",
		Looks: "`nstat`.",
		Knob:  "None needed.",
		show: func(r *Run) {
			r.story(`sysctl net.ipv4.tcp_syncookies = 2
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [.], seq 1, ack 77
> [R], seq 77
nstat TcpExtSyncookiesFailed 1`)
		}},
	{Kind: Counter, Names: []string{"TcpExtEmbryonicRsts"}, Lesson: 3,
		Means: "A half-open connection was reset before its handshake was over: by the client, or by tcp_abort_on_overflow.",
		Looks: "`nstat`. Scans of ports look so.",
		Knob:  "None needed.",
		show: func(r *Run) {
			r.story(`given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< [R.], seq 1, ack 1
nstat TcpExtEmbryonicRsts 1`)
		}},
}
