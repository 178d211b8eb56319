package sockets

import (
	"errors"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// The accept queue admits min(backlog, somaxconn) + 1 connections. The table
// was measured on Linux 6.18 with nobody who accepts.
func TestAcceptQueueAdmitsBacklogPlusOne(t *testing.T) {
	for _, c := range []struct {
		backlog, somaxconn int
		want, sendq        int
	}{
		{0, 0, 1, 0}, {1, 0, 2, 1}, {2, 0, 3, 2}, {5, 0, 6, 5}, {16, 0, 17, 16}, {128, 0, 129, 128},
		{5000, 0, 4097, 4096}, {-1, 0, 4097, 4096}, {1000, 8, 9, 8},
	} {
		st := newStory(t, Limits{Somaxconn: c.somaxconn}, LAN)
		st.listen(80, c.backlog)
		clients := c.want + 20
		// One after the other, so that the SYN queue has no say.
		load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: clients, Window: 1})
		st.net.RunFor(900 * time.Millisecond)
		row := st.server.Sockets().In(Listen)[0]
		if row.RecvQ != c.want || row.SendQ != c.sendq {
			t.Errorf("listen(%d) with somaxconn %d: want Recv-Q %d, Send-Q %d, ss shows %d and %d", c.backlog, c.somaxconn, c.want, c.sendq, row.RecvQ, row.SendQ)
		}
		if r := load.Result(); r.Connected != c.want {
			t.Errorf("listen(%d): %d clients must be connected, %d are", c.backlog, c.want, r.Connected)
		}
		if s := st.server.Stats(); s.ListenOverflows != 1 || s.ListenDrops != 1 {
			t.Errorf("the next SYN was dropped and counted twice: ListenOverflows %d, ListenDrops %d", s.ListenOverflows, s.ListenDrops)
		}
		st.audit()
	}
}

// 50 clients within a millisecond against a backlog of 5, 49 and 50: with 49
// all get in at once.
func TestFiftyClients(t *testing.T) {
	for _, c := range [][2]int{{5, 6}, {48, 49}, {49, 50}, {50, 50}} {
		backlog, want := c[0], c[1]
		st := lanStory(t)
		st.listen(80, backlog)
		load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 50, Within: time.Millisecond})
		st.net.RunFor(100 * time.Millisecond)
		if got := st.server.Sockets().In(Listen)[0].RecvQ; got != want {
			t.Errorf("of 50 clients %d wait in the accept queue of backlog %d, not %d", want, backlog, got)
		}
		if r := load.Result(); r.Started != 50 || r.Connected < want {
			t.Errorf("backlog %d: %+v", backlog, r)
		}
		st.audit()
	}
}

// A SYN that was dropped comes again after a second. If accept4 has freed a
// slot by then it gets in: connect takes 1 s and a round trip.
func TestRetransmittedSynGetsIn(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 0)
	st.connect(80)
	c := st.socket(st.c)
	st.server.Spawn("slow", func(p *Process) {
		p.Sleep(500 * time.Millisecond)
		st.s.Accept4(l, 0)
	})
	start := st.now()
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect with a slot freed after half a second")
	st.wantTook(start, time.Second, 10*time.Millisecond, "connect")
	st.audit()
	st.clean()
}

// A SYN and a FIN have sequence numbers, so ss counts them like bytes: in Send-Q
// until they are acknowledged, in Recv-Q until a read has met them. The numbers
// are those of ss on Linux 6.18.
func TestQueuesCountSynAndFin(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	want := func(h *Host, s State, recvQ, sendQ int, when string) {
		t.Helper()
		if rows := h.Sockets().In(s); len(rows) != 1 || rows[0].RecvQ != recvQ || rows[0].SendQ != sendQ {
			t.Errorf("%s: want one %v with Recv-Q %d and Send-Q %d, ss shows\n%v", when, s, recvQ, sendQ, h.Sockets())
		}
	}
	far, err := st.c.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	if err := st.c.Connect(far, st.server.Addr(80)); !errors.Is(err, EINPROGRESS) {
		t.Fatalf("connect: %v", err)
	}
	want(st.client, SynSent, 0, 1, "the SYN is under way")
	st.settle()
	near, _, err := st.s.Accept4(l, 0)
	st.ok(err, "accept")
	st.write(st.c, far, "abc")
	st.ok(st.c.Close(far), "close")
	want(st.client, FinWait1, 0, 4, "three bytes and the FIN are under way")
	st.settle()
	want(st.server, CloseWait, 4, 0, "nothing is read")
	buf := make([]byte, 3)
	for _, n := range []int{2, 1} {
		if got, err := st.s.Read(near, buf[:n]); got != n || err != nil {
			t.Fatalf("read: %d, %v", got, err)
		}
	}
	want(st.server, CloseWait, 0, 0, "the last byte is read, and the FIN with it")
	st.ok(st.s.Close(near), "close")
	want(st.server, LastAck, 0, 1, "the server's FIN is under way")
}

// A client is connected, writes and closes, all before anybody accepts.
func TestConnectAndWriteBeforeAccept(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	c := st.connect(80)
	st.wantState(st.c, c, Established, "the client is connected before accept4")
	st.write(st.c, c, "before accept")
	st.ok(st.c.Close(c), "close")
	st.settle()
	row := st.server.Sockets()
	if len(row) != 2 || row[1].State != CloseWait || row[1].RecvQ != 14 || row[1].Processes != "" {
		t.Fatalf("the connection waits with its 13 bytes and the FIN in CLOSE-WAIT, and belongs to no process: %v", row)
	}
	if m := st.server.Sockstat(); m.Orphan != 0 {
		t.Errorf("who waits in an accept queue is no orphan: %v", m)
	}
	s := st.accept(l)
	st.read(st.s, s, "before accept", "the data is read after")
	st.eof(st.s, s, "and then the end")
	st.clean()
}

// A connection that dies in the accept queue stays there: accept4 returns it,
// with its peer, and read tells what happened.
func TestResetInTheAcceptQueue(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	c := st.connect(80)
	was, _ := st.c.Getsockname(c)
	st.write(st.c, c, "last words")
	st.settle()
	st.ok(st.c.Connect(c, SockAddr{}), "AF_UNSPEC, a reset")
	other := st.connect(80)
	if q := st.server.Sockets().In(Listen)[0].RecvQ; q != 2 {
		t.Errorf("the dead connection keeps its place: Recv-Q must be 2, is %d", q)
	}
	st.audit()
	fd, peer, err := st.s.Accept4(l, 0)
	if err != nil || peer != sockaddr4(st.client.ranges[0].lo, was.Port) {
		t.Errorf("accept4 returns it with its peer, got %v, %v", peer, err)
	}
	st.read(st.s, fd, "last words", "what had come can be read")
	st.readErrno(st.s, fd, ECONNRESET, "then the reset is told")
	st.audit()
	st.write(st.c, other, "x")
	st.settle()
	st.read(st.s, st.accept(l), "x", "the one behind it is well")
	st.clean()
}

// When a listener closes, who waits in its queues is told by a reset.
func TestListenerClosedWithConnectionsWaiting(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	a, b, dead := st.connect(80), st.connect(80), st.connect(80)
	st.write(st.c, b, "unread")
	st.settle()
	st.ok(st.c.Connect(dead, SockAddr{}), "AF_UNSPEC, a reset")
	st.ok(st.c.Close(st.connect(80)), "close, in the queue in CLOSE-WAIT")
	half := st.nonblocking(st.c)
	st.c.Connect(half, st.server.Addr(80))
	st.net.RunUntil(func() bool { return st.server.requests.live == 1 })
	st.ok(st.s.Close(l), "close")
	st.audit()
	if n := len(st.server.Sockets()); n != 0 {
		t.Errorf("nothing is left at once: %v", st.server.Sockets())
	}
	st.settle()
	st.readErrno(st.c, a, ECONNRESET, "read of a connection nobody accepted")
	st.readErrno(st.c, b, ECONNRESET, "read of a connection nobody accepted, with data")
	// The SYN-ACK had gone out; the ACK of it found nobody.
	_, err := st.c.Read(half, make([]byte, 1))
	st.errno(err, ECONNRESET, "the handshake under way ends as well")
	st.audit()
	st.clean()
}

// synsOf is a crowd of strangers who send a SYN each, and nothing else, from
// addresses of the client that it forgets at once.
func (st *story) syns(n int) {
	for k := range n {
		st.inject1(wire.TCP{SrcPort: uint16(10_000 + k), DstPort: 80, Flags: wire.SYN, Seq: uint32(k) * 1000})
	}
	st.settle()
}

// inject1 sends a segment from the client without waiting.
func (st *story) inject1(tcp wire.TCP) {
	frame := st.client.net.frames.alloc(wire.FrameLen4)
	st.client.emit(st.client.nics[0], frame, st.client.ranges[0].lo, st.server.ranges[0].lo, 0, &tcp, nil)
}

// The SYN queue is apart from the accept queue: it holds backlog+1 half-open
// connections, each for 63 s with five SYN-ACKs more.
func TestSynQueue(t *testing.T) {
	st := lanStory(t)
	st.client.nics[0].limit = 0 // it hears no SYN-ACK, so it never answers
	st.listen(80, 8)
	start := st.now()
	st.syns(8)
	if rows := st.server.Sockets(); len(rows.In(SynRecv)) != 8 || rows.In(Listen)[0].RecvQ != 0 {
		t.Fatalf("eight half-open connections wait in the SYN queue, none in the other: %v", rows)
	}
	st.audit()
	sent := st.server.Stats().OutSegs
	st.net.RunUntil(func() bool { return st.server.requests.live == 0 })
	st.wantTook(start, 63*time.Second, 20*time.Millisecond, "half-open connections are given up")
	if again := st.server.Stats().OutSegs - sent; again != 40 || st.server.Stats().RetransSegs != 40 {
		t.Errorf("tcp_synack_retries is 5, for each of eight; %d SYN-ACKs were sent again", again)
	}
	st.audit()
	st.clean()
}

// With as many retries as there may be, the interval ends at two minutes.
func TestSynackRetriesAtTheirMost(t *testing.T) {
	st := newStory(t, Limits{SynackRetries: 255, SynRetries: 127, SynLinearTimeouts: 127}, LAN)
	st.client.nics[0].limit = 0
	st.listen(80, 8)
	start := st.now()
	c := st.nonblocking(st.c)
	st.c.Connect(c, st.server.Addr(80))
	st.net.RunUntil(func() bool { return st.server.requests.live == 1 })
	st.net.RunUntil(func() bool { return st.server.requests.live == 0 })
	if took := st.now() - start; took < 8*time.Hour || took > 9*time.Hour {
		t.Errorf("255 SYN-ACKs, two minutes apart, take 8 hours and a half, not %v", took)
	}
	st.audit()
	st.clean()
}

// Beyond backlog+1 half-open connections the listener answers with cookies.
// All the clients believe they are connected; the accept queue admits what it
// admits, and the ACKs of the others are dropped in silence.
func TestSynCookies(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 8)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 30})
	st.settle()
	s := st.server.Stats()
	if s.SyncookiesSent != 21 || s.SyncookiesRecv != 21 {
		t.Errorf("of 30 SYNs nine are remembered and 21 get a cookie, and all come back: %d sent, %d received", s.SyncookiesSent, s.SyncookiesRecv)
	}
	if s.ListenOverflows != 21 || s.ListenDrops != 21 {
		t.Errorf("the accept queue admits nine, the ACKs of 21 are dropped: ListenOverflows %d, ListenDrops %d", s.ListenOverflows, s.ListenDrops)
	}
	if r := load.Result(); r.Connected != 30 {
		t.Errorf("all 30 clients believe they are connected, %d do", r.Connected)
	}
	if q := st.server.Sockets().In(Listen)[0].RecvQ; q != 9 {
		t.Errorf("nine wait in the accept queue: Recv-Q is %d", q)
	}
	st.audit()
	// A client whose ACK was dropped speaks: its data carries the cookie again.
	for range 9 {
		st.accept(l)
	}
	sent := 0
	for k := range 30 {
		if load.Send(k, []byte("x")) == 1 {
			sent++
		}
	}
	st.settle()
	if q := st.server.Sockets().In(Listen)[0].RecvQ; sent != 30 || q != 9 {
		t.Errorf("with the queue empty nine of the others get in by their data: Recv-Q is %d", q)
	}
	fd := st.accept(l)
	st.read(st.s, fd, "x", "the data that brought the cookie is delivered")
	st.audit()
}

// A cookie that was never given, or is too old, is answered by a reset.
func TestWrongCookies(t *testing.T) {
	st := lanStory(t)
	st.listen(80, 1)
	from, to := st.client.Addr(9000), st.server.Addr(80)
	st.client.nics[0].limit = 0
	guess := wire.TCP{SrcPort: 9000, DstPort: 80, Flags: wire.ACK, Seq: 5, Ack: 777}
	st.inject(st.client, from, to, guess, "")
	if s := st.server.Stats(); s.OutRsts != 1 || s.SyncookiesFailed != 0 {
		t.Errorf("while no cookie was given, an ACK is not even looked at: %v", s)
	}
	st.syns(5)
	if s := st.server.Stats(); s.SyncookiesSent != 3 {
		t.Fatalf("two SYNs are remembered, three get cookies: %v", s)
	}
	st.inject(st.client, from, to, guess, "")
	if s := st.server.Stats(); s.OutRsts != 2 || s.SyncookiesFailed != 1 {
		t.Errorf("a guess is reset and counted: %v", s)
	}
	// The right cookie, as the listener made it for the last of the five.
	g := segment{ip: wire.IPv4{Src: st.client.ranges[0].lo, Dst: st.server.ranges[0].lo}, tcp: wire.TCP{SrcPort: 10_004, DstPort: 80}}
	irs := wire.Seq(4000)
	right := st.server.cookie(&g, irs, st.server.minute()) | 5 // 1440: as good an MSS as any
	ack := wire.TCP{SrcPort: 10_004, DstPort: 80, Flags: wire.ACK, Seq: uint32(irs + 1), Ack: right + 1, Window: 1000}
	st.net.RunFor(30 * time.Second)
	st.inject1(ack)
	st.settle()
	if q := st.server.Sockets().In(Listen)[0].RecvQ; q != 1 {
		t.Errorf("the right cookie opens the connection half a minute later: Recv-Q is %d", q)
	}
	st.server.socks.each(func(_ uint32, s *sock) {
		if s.state == Established && (s.mss != cookieMSS[5] || s.sndWnd() != 1000 || s.rcvNxt != irs+1) {
			t.Errorf("the cookie brings back the MSS, the window and the numbers: %+v", *s)
		}
	})
	st.net.RunFor(3 * time.Minute)
	ack.SrcPort = 10_003
	st.inject1(ack)
	st.settle()
	if s := st.server.Stats(); s.SyncookiesRecv != 1 || s.OutRsts != 3 {
		t.Errorf("three minutes later no cookie is looked at: %v", s)
	}
	st.audit()
}

// The accept queue can fill between the SYN and the ACK. Then the ACK is
// dropped, the request stays half open, and the SYN-ACK goes out again; when a
// slot is free, the answer to that gets in.
func TestOverflowAtTheAck(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{Delay: 10 * time.Millisecond})
	l := st.listen(80, 0)
	a, b := st.nonblocking(st.c), st.nonblocking(st.c)
	st.errno(st.c.Connect(a, st.server.Addr(80)), EINPROGRESS, "connect")
	st.server.listeners.at(st.s.sock(l).traffic).backlog = 1 // both SYNs get into the SYN queue
	st.errno(st.c.Connect(b, st.server.Addr(80)), EINPROGRESS, "connect")
	st.net.RunUntil(func() bool { return st.server.requests.live == 2 })
	st.server.listeners.at(st.s.sock(l).traffic).backlog = 0
	st.net.RunFor(100 * time.Millisecond)
	if rows := st.server.Sockets(); len(rows.In(SynRecv)) != 1 || rows.In(Listen)[0].RecvQ != 1 {
		t.Fatalf("one is in, the other's ACK was dropped: %v", rows)
	}
	st.wantState(st.c, b, Established, "the client does not know")
	if s := st.server.Stats(); s.ListenOverflows != 1 || s.ListenDrops != 1 {
		t.Errorf("the ACK is counted: %v", s)
	}
	st.audit()
	st.accept(l)
	start := st.now()
	st.net.RunUntil(func() bool { return st.server.requests.live == 0 })
	if st.now()-start > time.Second {
		t.Errorf("the SYN-ACK sent again after a second brings the ACK again, it took %v", st.now()-start)
	}
	st.accept(l)
	st.audit()
	st.clean()
}

// What a half-open connection does with other segments (tcp_check_req).
func TestSegmentsForAHalfOpenConnection(t *testing.T) {
	for _, c := range []struct {
		name  string
		tcp   wire.TCP // Seq from the client's SYN on, Ack from the SYN-ACK on
		flags wire.Flags
		live  int    // half-open connections after
		want  string // the answer's flags
	}{
		{"the SYN again", wire.TCP{Seq: 0}, wire.SYN, 1, "S."},
		{"another SYN in the window", wire.TCP{Seq: 5}, wire.SYN, 0, "R."},
		{"a reset", wire.TCP{Seq: 1}, wire.RST, 0, ""},
		{"a reset out of the window", wire.TCP{Seq: 1 << 20}, wire.RST, 1, ""},
		{"an ACK of something else", wire.TCP{Seq: 1, Ack: 7}, wire.ACK, 1, "R"},
		{"an ACK of something else, out of the window", wire.TCP{Seq: 1 << 20, Ack: 7}, wire.ACK, 1, "R"},
		{"an ACK out of the window", wire.TCP{Seq: 1 << 20, Ack: 1}, wire.ACK, 1, "."},
		{"data without an ACK", wire.TCP{Seq: 1}, wire.PSH, 1, ""},
	} {
		st := lanStory(t, Record())
		st.listen(80, 5)
		st.client.nics[0].limit = 0
		st.inject1(wire.TCP{SrcPort: 9000, DstPort: 80, Flags: wire.SYN, Seq: 100})
		st.settle()
		var iss uint32
		st.server.requests.each(func(_ uint32, q *request) { iss = uint32(q.iss) })
		n := st.net.Tape().Len()
		c.tcp.Flags, c.tcp.Seq, c.tcp.Ack = c.flags, c.tcp.Seq+100, c.tcp.Ack+iss
		c.tcp.SrcPort, c.tcp.DstPort = 9000, 80
		st.inject1(c.tcp)
		st.settle()
		got := ""
		for _, e := range st.net.Tape().Events()[n:] {
			if e.Host == "server" && e.Station == StationTx {
				got += e.Flags.String()
			}
		}
		if got != c.want || st.server.requests.live != c.live {
			t.Errorf("%s: want the answer %q and %d half-open connections, got %q and %d", c.name, c.want, c.live, got, st.server.requests.live)
		}
		st.audit()
	}
}
