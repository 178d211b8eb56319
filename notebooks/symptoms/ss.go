package symptoms

import (
	"time"

	"socketbook/sockets"
)

// A pattern is something in a line of ss that means more than the state alone.
type pattern struct {
	name string
	is   func(s seenRow) bool
}

// patterns are those of the index.
var patterns = []pattern{
	{"LISTEN, Recv-Q above Send-Q", func(s seenRow) bool { return s.row.State == sockets.Listen && s.row.RecvQ > s.row.SendQ }},
	{"ESTAB, Recv-Q full", func(s seenRow) bool { return !s.udp && s.row.State == sockets.Established && s.row.RecvQ > 0 }},
	{"ESTAB, Send-Q full", func(s seenRow) bool { return !s.udp && s.row.State == sockets.Established && s.row.SendQ > 0 }},
	{"ESTAB without a process", func(s seenRow) bool {
		return !s.udp && s.row.State == sockets.Established && s.row.Processes == ""
	}},
	{"UNCONN, Recv-Q full", func(s seenRow) bool { return s.udp && s.row.State == sockets.Closed && s.row.RecvQ > 0 }},
}

// matches reports whether a line of ss shows the pattern of that name.
func matches(name string, s seenRow) bool {
	for _, p := range patterns {
		if p.name == name {
			return p.is(s)
		}
	}
	return false
}

// ssEntries are what ss shows.
var ssEntries = []Entry{
	{Kind: Socket, Names: []string{"LISTEN"}, Ordinary: true, Lesson: 2,
		Means: "A listener: it carries no data, it waits for callers. Recv-Q is how many finished connections wait for accept, Send-Q the backlog.",
		Looks: "`ss -tln`.",
		show: func(r *Run) {
			s := r.lan()
			s.listen(5)
			s.look()
		}},
	{Kind: Socket, Names: []string{"LISTEN, Recv-Q above Send-Q"}, Lesson: 3,
		Means: "The accept queue is full: it holds one more than the backlog. Further clients are dropped without a word, and come back after a second.",
		Looks: "`ss -tln`, Recv-Q greater than Send-Q; TcpExtListenOverflows grows.",
		Knob:  "Accept faster; a larger backlog, up to net.core.somaxconn.",
		Price: "A long queue hides a slow server.",
		show: func(r *Run) {
			s := r.lan()
			s.listen(5)
			s.client.NewLoad(s.server.Addr(80), sockets.LoadOptions{Clients: 20})
			s.wait(100 * time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"SYN-SENT"}, Lesson: 3,
		Means: "connect has sent its SYN, and no answer has come.",
		Looks: "`ss -tan state syn-sent`. For longer than a round trip: the packet was lost, the server's queue is full, or a firewall drops.",
		Knob:  "net.ipv4.tcp_syn_retries bounds how long connect tries: 131 s by default.",
		Price: "Fewer tries give up in an outage that is short.",
		show: func(r *Run) {
			s := r.lan()
			s.link.Down()
			s.browser.Connect(tcp(s.browser, sockets.SOCK_NONBLOCK), s.server.Addr(80))
			s.look()
		}},
	{Kind: Socket, Names: []string{"SYN-RECV"}, Lesson: 3,
		Means: "A SYN came and was answered, and the client's ACK has not come yet: half-open.",
		Looks: "`ss -tan state syn-recv`. Few are usual; many are clients far away, or a flood of SYNs from forged addresses.",
		Knob:  "net.ipv4.tcp_syncookies, a larger backlog, net.ipv4.tcp_synack_retries.",
		Price: "341 bytes each.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, sockets.LinkOptions{Delay: 50 * time.Millisecond})
			s.listen(5)
			s.browser.Connect(tcp(s.browser, sockets.SOCK_NONBLOCK), s.server.Addr(80))
			s.wait(70 * time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"ESTAB"}, Ordinary: true, Lesson: 2,
		Means: "Connected. Recv-Q is bytes that came and were not read, Send-Q bytes that were written and are not acknowledged.",
		Looks: "`ss -tn`.",
		show: func(r *Run) {
			s := r.lan()
			s.connect()
			s.look()
		}},
	{Kind: Socket, Names: []string{"ESTAB without a process"}, Lesson: 3,
		Means: "The kernel has made the connection, and no program has accepted it yet: it waits in the accept queue. The client can write already.",
		Looks: "`ss -tanp`, the last column is empty.",
		Knob:  "Accept it.",
		show: func(r *Run) {
			s := r.lan()
			s.listen(5)
			s.browser.Dial(s.server.Addr(80))
			s.wait(time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"ESTAB, Recv-Q full"}, Lesson: 5,
		Means: "Data has come and the program does not read it: it is busy, or it waits for something else.",
		Looks: "`ss -tn`, Recv-Q stays large. When the buffer is full the window shuts, and the peer's Send-Q fills.",
		Knob:  "Find what the program does instead: `strace -p PID`, a stack dump.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.browser.Write(fd, []byte("hello"))
			s.wait(time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"ESTAB, Send-Q full"}, Lesson: 6,
		Means: "Data was written and is not acknowledged: the peer's window is shut, or packets are lost.",
		Looks: "`ss -tno`: timer:(persist,…) is a shut window, timer:(on,…) with a growing number a loss.",
		Knob:  "At the peer: read. On the path: find the loss.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.link.Down()
			s.browser.Write(fd, []byte("hello"))
			s.wait(time.Second).look()
		}},
	{Kind: Socket, Names: []string{"CLOSE-WAIT"}, Lesson: 7,
		Means: "The peer has closed, the kernel has told the program by read's 0, and the program has not closed its own end. There is no timeout: it stays for ever.",
		Looks: "`ss -tanp state close-wait`. A number that grows is a leak of descriptors in that program, and ends in EMFILE.",
		Knob:  "Mend the program: close after read has returned 0. No setting of the kernel helps.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.browser.Close(fd)
			s.wait(time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"FIN-WAIT-1"}, Lesson: 6,
		Means: "This side has closed, and its FIN is not acknowledged: data is still under way, the peer is gone, or its kernel waits a moment (40 ms at most) to send the ACK with a FIN of its own.",
		Looks: "`ss -tano state fin-wait-1`.",
		Knob:  "net.ipv4.tcp_orphan_retries bounds how long.",
		Price: "An early end loses what was still under way.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.link.Down()
			s.browser.Close(fd)
			s.look()
		}},
	{Kind: Socket, Names: []string{"FIN-WAIT-2"}, Lesson: 6,
		Means: "This side has closed, the peer has acknowledged it and not closed itself: it is in CLOSE-WAIT.",
		Looks: "`ss -tan state fin-wait-2`. Many mean that the peer's program leaks.",
		Knob:  "net.ipv4.tcp_fin_timeout (60 s), once no program holds it.",
		Price: "A slow peer that had something left to say gets RST.",
		show: func(r *Run) {
			s := r.lan()
			_, fd := s.connect()
			s.browser.Close(fd)
			s.wait(50 * time.Millisecond).look() // the ACK has come
		}},
	{Kind: Socket, Names: []string{"LAST-ACK"}, Lesson: 6,
		Means: "Both have closed, this side second, and its FIN is not acknowledged yet.",
		Looks: "`ss -tan state last-ack`. For long: the peer is gone.",
		Knob:  "None needed: it times out.",
		show: func(r *Run) {
			s := r.lan()
			served, called := s.connect()
			s.browser.Close(called)
			s.wait(time.Millisecond)
			s.link.Down()
			s.web.Close(served)
			s.look()
		}},
	{Kind: Socket, Names: []string{"CLOSING"}, Lesson: 6,
		Means: "Both have closed at the same time, and the FINs have crossed.",
		Looks: "`ss -tan state closing`. Rare and short.",
		Knob:  "None needed.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, sockets.LinkOptions{Delay: 50 * time.Millisecond})
			served, called := s.connect()
			s.browser.Close(called)
			s.web.Close(served)
			s.wait(70 * time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"TIME-WAIT"}, Lesson: 8,
		Means: "This side closed first, and both ends are done. The pair of addresses is kept for 60 s, so that late packets meet no new connection and the last FIN can be answered again.",
		Looks: "`ss -tan state time-wait | wc -l`, tw in /proc/net/sockstat. Usual at who closes first; at a client that opens many short connections it can take all ports (EADDRNOTAVAIL).",
		Knob:  "Keep connections open and use them again; let the other side close first; net.ipv4.tcp_tw_reuse for connects.",
		Price: "Memory is little, 256 bytes each. The 60 s are a constant of the kernel.",
		show: func(r *Run) {
			s := r.lan()
			served, called := s.connect()
			s.browser.Close(called)
			s.wait(time.Millisecond)
			s.web.Close(served)
			s.wait(time.Millisecond).look()
		}},
	{Kind: Socket, Names: []string{"UNCONN"}, Ordinary: true, Lesson: 1,
		Means: "A UDP socket that has a port and no fixed peer: it takes datagrams from anybody.",
		Looks: "`ss -uan`.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			s.open()
			s.look()
		}},
	{Kind: Socket, Names: []string{"UNCONN, Recv-Q full"}, Lesson: 5,
		Means: "Datagrams wait, and the program does not read. Recv-Q counts what they cost in kernel memory; when the buffer is full the next are lost.",
		Looks: "`ss -uan`; UdpRcvbufErrors follows.",
		Knob:  "Read faster; SO_RCVBUF up to net.core.rmem_max.",
		Price: "Memory, and older datagrams.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			s.open()
			s.both(10)
			s.look()
		}},
}
