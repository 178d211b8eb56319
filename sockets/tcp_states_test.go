package sockets

import (
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// The states a connection goes through are those of RFC 9293 §3.3.2, whoever
// closes first.

func TestClientClosesFirst(t *testing.T) {
	st := lanStory(t, Record())
	l, c, s := st.pair(80)
	st.ok(st.c.Close(c), "close")
	st.settle()
	st.eof(st.s, s, "the server reads the end")
	st.ok(st.s.Close(s), "close")
	st.settle()
	st.audit()
	if got, want := st.states(st.client), "CLOSED -> SYN-SENT, SYN-SENT -> ESTABLISHED, ESTABLISHED -> FIN-WAIT-1, "+
		"FIN-WAIT-1 -> FIN-WAIT-2, FIN-WAIT-2 -> TIME-WAIT"; got != want {
		t.Errorf("who closes first ends in TIME-WAIT:\nwant %s\ngot  %s", want, got)
	}
	if got, want := st.states(st.server), "CLOSED -> LISTEN, SYN-RECEIVED -> ESTABLISHED, ESTABLISHED -> CLOSE-WAIT, "+
		"CLOSE-WAIT -> LAST-ACK, LAST-ACK -> CLOSED"; got != want {
		t.Errorf("who closes second is done at once:\nwant %s\ngot  %s", want, got)
	}
	st.ok(st.s.Close(l), "close")
	st.clean()
}

func TestServerClosesFirst(t *testing.T) {
	st := lanStory(t, Record())
	_, c, s := st.pair(80)
	st.ok(st.s.Close(s), "close")
	st.settle()
	st.eof(st.c, c, "the client reads the end")
	st.ok(st.c.Close(c), "close")
	st.settle()
	st.audit()
	if got, want := st.states(st.server), "CLOSED -> LISTEN, SYN-RECEIVED -> ESTABLISHED, ESTABLISHED -> FIN-WAIT-1, "+
		"FIN-WAIT-1 -> FIN-WAIT-2, FIN-WAIT-2 -> TIME-WAIT"; got != want {
		t.Errorf("a server that closes first keeps the TIME-WAIT:\nwant %s\ngot  %s", want, got)
	}
	if n := len(st.client.Sockets()); n != 0 {
		t.Errorf("nothing is left at the client: %v", st.client.Sockets())
	}
	st.clean()
}

func TestBothCloseAtOnce(t *testing.T) {
	st := lanStory(t, Record())
	_, c, s := st.pair(80)
	st.ok(st.c.Close(c), "close")
	st.ok(st.s.Close(s), "close")
	st.settle()
	st.audit()
	path := "ESTABLISHED -> FIN-WAIT-1, FIN-WAIT-1 -> CLOSING, CLOSING -> TIME-WAIT"
	if got, want := st.states(st.client), "CLOSED -> SYN-SENT, SYN-SENT -> ESTABLISHED, "+path; got != want {
		t.Errorf("crossing FINs lead through CLOSING:\nwant %s\ngot  %s", want, got)
	}
	if got, want := st.states(st.server), "CLOSED -> LISTEN, SYN-RECEIVED -> ESTABLISHED, "+path; got != want {
		t.Errorf("crossing FINs lead through CLOSING:\nwant %s\ngot  %s", want, got)
	}
	st.clean()
}

// RFC 9293 §3.5, figure 7: both ends call connect, and both succeed.
func TestSimultaneousOpen(t *testing.T) {
	st := lanStory(t, Record())
	c, s := st.nonblocking(st.c), st.nonblocking(st.s)
	st.ok(st.c.Bind(c, Any(6000)), "bind")
	st.ok(st.s.Bind(s, Any(7000)), "bind")
	st.errno(st.c.Connect(c, st.server.Addr(7000)), EINPROGRESS, "connect")
	st.errno(st.s.Connect(s, st.client.Addr(6000)), EINPROGRESS, "connect")
	st.settle()
	st.ok(st.c.Connect(c, st.server.Addr(7000)), "the client's connect")
	st.ok(st.s.Connect(s, st.client.Addr(6000)), "the server's connect")
	path := "CLOSED -> SYN-SENT, SYN-SENT -> SYN-RECEIVED, SYN-RECEIVED -> ESTABLISHED"
	for _, h := range []*Host{st.client, st.server} {
		if got := st.states(h); got != path {
			t.Errorf("crossing SYNs lead through SYN-RECEIVED: want %s, got %s at the %s", path, got, h.name)
		}
	}
	st.write(st.c, c, "ping")
	st.write(st.s, s, "pong")
	st.settle()
	st.read(st.s, s, "ping", "data goes one way")
	st.read(st.c, c, "pong", "and the other")
	st.audit()
	st.clean()
}

// A close in the middle of a handshake, from either end.
func TestCloseInTheHandshake(t *testing.T) {
	st := lanStory(t)
	st.listen(80, 5)
	c := st.nonblocking(st.c)
	st.c.Connect(c, st.server.Addr(80))
	st.ok(st.c.Close(c), "close in SYN-SENT")
	st.audit()
	if len(st.client.Sockets()) != 0 {
		t.Errorf("a socket closed in SYN-SENT is gone: %v", st.client.Sockets())
	}
	st.settle() // the SYN-ACK finds nobody and is answered by a reset
	if st.server.Stats().EmbryonicRsts != 1 || st.server.requests.live != 0 {
		t.Errorf("the half-open connection is reset: %v", st.server.Stats())
	}
	// Simultaneous open, closed in SYN-RECEIVED.
	c, s := st.nonblocking(st.c), st.nonblocking(st.s)
	st.ok(st.c.Bind(c, Any(6000)), "bind")
	st.ok(st.s.Bind(s, Any(7000)), "bind")
	st.c.Connect(c, st.server.Addr(7000))
	st.s.Connect(s, st.client.Addr(6000))
	st.net.RunUntil(func() bool { return st.c.state(c) == SynRecv })
	st.ok(st.c.Close(c), "close in SYN-RECEIVED")
	st.settle()
	st.eof(st.s, s, "the other end was connected, and reads the end")
	st.audit()
	st.clean()
}

// TIME_WAIT lasts 60 s, and a peer that did not see our last ACK starts it
// again.
func TestTimeWaitLastsSixtySeconds(t *testing.T) {
	st := lanStory(t)
	l, c, s := st.pair(80)
	st.ok(st.s.Close(l), "close")
	st.ok(st.c.Close(c), "close")
	st.settle()
	st.ok(st.s.Close(s), "close")
	start := st.now()
	st.net.RunUntil(func() bool { return len(st.client.Sockets().In(TimeWait)) == 1 })
	st.net.RunFor(59 * time.Second)
	row := st.client.Sockets().In(TimeWait)
	if len(row) != 1 {
		t.Fatalf("after 59 s it is still in TIME_WAIT: %v", st.client.Sockets())
	}
	if m := st.client.Sockstat(); m.TimeWait != 1 || m.Alloc != 0 {
		t.Errorf("sockstat must count it: %v", m)
	}
	st.net.RunUntil(func() bool { return len(st.client.Sockets()) == 0 })
	st.wantTook(start, 60*time.Second, time.Millisecond, "TIME_WAIT is over")
	st.clean()
}

// timeWait is a stage with the server in TIME_WAIT and the client, which had
// port 6000, gone. It returns the old connection's next sequence numbers.
func timeWait(t *testing.T) (st *story, l int, rcvNxt wire.Seq, tuple tuple) {
	st = lanStory(t)
	l = st.listen(80, 5)
	c := st.socket(st.c)
	st.ok(st.c.Bind(c, Any(6000)), "bind")
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect")
	st.settle()
	s := st.accept(l)
	st.write(st.c, c, "request")
	st.settle()
	st.read(st.s, s, "request", "data before the end")
	st.ok(st.s.Close(s), "close, the server first")
	st.settle()
	st.ok(st.c.Close(c), "close")
	st.settle()
	w := st.server.timeWaiter()
	if w == nil {
		t.Fatalf("the server must be in TIME_WAIT: %v", st.server.Sockets())
	}
	tuple.laddr, tuple.raddr, tuple.lport, tuple.rport = w.laddr, w.raddr, w.lport, w.rport
	return st, l, w.rcvNxt, tuple
}

// timeWaiter is a host's socket in TIME_WAIT.
func (h *Host) timeWaiter() (w *sock) {
	h.socks.each(func(_ uint32, s *sock) {
		if s.state == TimeWait {
			w = s
		}
	})
	return w
}

// inject lets the client's card send a segment of our making.
func (st *story) inject(from *Host, src, dst SockAddr, tcp wire.TCP, payload string) {
	tcp.SrcPort, tcp.DstPort = src.Port, dst.Port
	frame := from.net.frames.alloc(wire.FrameLen4 + len(tcp.Options) + len(payload))
	from.emit(from.nics[0], frame, src.ip4(), dst.ip4(), 0, &tcp, []byte(payload))
	st.settle()
}

// A new connection takes the place of one in TIME_WAIT, when its SYN starts
// beyond the old sequence numbers (RFC 9293 §3.6.1). Its own start beyond
// the old ones, too.
func TestTimeWaitIsReopenedByANewSyn(t *testing.T) {
	st, l, _, _ := timeWait(t)
	oldNxt := st.server.nxt(st.server.timeWaiter())
	c := st.socket(st.c)
	st.ok(st.c.Bind(c, Any(6000)), "bind to the same port")
	start := st.now()
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect from the same port")
	st.wantTook(start, 0, time.Millisecond, "no retransmission is needed")
	st.settle()
	s := st.accept(l)
	if st.server.timeWaiter() != nil {
		t.Error("the old connection must be gone")
	}
	new := st.server.socks.at(uint32(st.s.fds.get(s) & fdIndex))
	if !oldNxt.Less(new.sndUna) {
		t.Errorf("the new connection's numbers begin at %d, not beyond the old one's %d", new.sndUna, oldNxt)
	}
	st.write(st.c, c, "new")
	st.settle()
	st.read(st.s, s, "new", "the new connection carries its own data")
	st.audit()
	st.clean()
}

// Without a listener nothing can take its place: TIME_WAIT stays.
func TestTimeWaitStaysWithoutAListener(t *testing.T) {
	st, l, rcvNxt, _ := timeWait(t)
	st.ok(st.s.Close(l), "close")
	st.client.nics[0].limit = 0 // deaf, or it would reset what it does not know
	st.inject(st.client, st.client.Addr(6000), st.server.Addr(80), wire.TCP{Flags: wire.SYN, Seq: uint32(rcvNxt) + 10_000}, "")
	if st.server.timeWaiter() == nil {
		t.Error("a SYN for a port without a listener must leave TIME_WAIT alone")
	}
	st.audit()
}

// A SYN from before the old sequence numbers is answered with an ACK. If it
// was new all the same, the client answers that with a reset, which ends
// TIME_WAIT (tcp_rfc1337 is 0), and its SYN gets in a second later.
func TestTimeWaitAndAnOldSyn(t *testing.T) {
	st, _, rcvNxt, _ := timeWait(t)
	st.inject(st.client, st.client.Addr(6000), st.server.Addr(80), wire.TCP{Flags: wire.SYN, Seq: uint32(rcvNxt) - 100}, "")
	if st.server.timeWaiter() != nil {
		t.Fatal("the client's host has no such connection, resets it, and TIME_WAIT ends")
	}
	st.audit()
	// With timestamps the number does not matter: a later one is enough
	// (RFC 6191 §2; tcp_timewait_state_process).
	for _, stamps := range []bool{true, false} {
		st, l, _, _ := timeWait(t)
		c := st.nonblocking(st.c)
		st.ok(st.c.Bind(c, Any(6000)), "bind")
		st.server.timeWaiter().rcvNxt += 1 << 30 // as after a gigabyte: the client's clock is behind
		start, want := st.now(), time.Duration(0)
		if !stamps {
			st.ok(st.client.SetSysctl("net.ipv4.tcp_timestamps", "0"), "sysctl")
			want = time.Second
		}
		st.c.Connect(c, st.server.Addr(80))
		st.net.RunUntil(func() bool { return st.c.state(c) == Established })
		st.wantTook(start, want, time.Millisecond, "the SYN that is sent again gets in")
		st.settle()
		st.accept(l)
		st.audit()
		st.clean()
	}
}

// What else may come in TIME_WAIT (tcp_timewait_state_process): a FIN again or
// any ACK starts the 60 s anew, a reset at the right place ends it, one
// elsewhere does nothing.
func TestSegmentsInTimeWait(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags wire.Flags
		seq   int // from the next expected one
		acks  uint64
		want  time.Duration // until it is over, from the segment on
	}{
		{"the FIN again", wire.FIN | wire.ACK, -1, 1, 60 * time.Second},
		{"an ACK in its place", wire.ACK, 0, 0, 60 * time.Second},
		{"an old ACK", wire.ACK, -5, 1, 60 * time.Second},
		{"a reset in its place", wire.RST, 0, 0, 0},
		{"a reset elsewhere", wire.RST, 7, 0, 30 * time.Second},
	} {
		st, l, rcvNxt, _ := timeWait(t)
		st.ok(st.s.Close(l), "close")
		st.net.RunFor(30*time.Second - 20*time.Millisecond)
		before := st.server.stats.OutSegs
		start := st.now()
		w := st.server.timeWaiter()
		// A client of ours would reset what it does not know; it is deaf now.
		st.client.nics[0].limit = 0
		st.inject(st.client, st.client.Addr(6000), st.server.Addr(80),
			wire.TCP{Flags: c.flags, Seq: uint32(rcvNxt + wire.Seq(c.seq)), Ack: uint32(st.server.nxt(w))}, "")
		if got := st.server.stats.OutSegs - before; got != c.acks {
			t.Errorf("%s: want %d answers, got %d", c.name, c.acks, got)
		}
		for st.server.timeWaiter() != nil {
			st.net.RunFor(10 * time.Millisecond)
		}
		st.wantTook(start, c.want, 50*time.Millisecond, c.name+": TIME_WAIT is over")
		st.audit()
	}
}

// An orphan in FIN_WAIT2 gives up after tcp_fin_timeout, 60 s; what comes then
// is reset.
func TestOrphanInFinWait2(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.ok(st.c.Close(c), "close")
	st.settle()
	if rows := st.client.Sockets().In(FinWait2); len(rows) != 1 || st.client.Sockstat().Orphan != 1 {
		t.Fatalf("it waits in FIN_WAIT2, an orphan: %v", st.client.Sockets())
	}
	st.net.RunFor(60 * time.Second)
	if len(st.client.Sockets()) != 0 {
		t.Errorf("after 60 s it is gone: %v", st.client.Sockets())
	}
	st.wantState(st.s, s, CloseWait, "the server does not know")
	st.write(st.s, s, "anybody there?")
	st.settle()
	_, err := st.s.Write(s, []byte("?"))
	st.errno(err, EPIPE, "the reset comes in CLOSE_WAIT: EPIPE")
	st.audit()
	st.clean()
}

// Data for a socket nobody holds any more is answered by a reset.
func TestDataForAClosedSocket(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.ok(st.c.Close(c), "close")
	st.settle()
	st.write(st.s, s, "too late")
	st.settle()
	if got := st.client.Stats().TCPAbortOnData; got != 1 {
		t.Errorf("TCPAbortOnData must be 1, is %d", got)
	}
	if len(st.client.Sockets()) != 0 {
		t.Errorf("the connection is gone at the client: %v", st.client.Sockets())
	}
	st.eof(st.s, s, "the FIN came before the reset: read is at the end")
	_, err := st.s.Write(s, []byte("x"))
	st.errno(err, EPIPE, "write after it")
	st.audit()
	st.clean()
}

// close with unread data is a reset, not a FIN (RFC 2525 §2.17).
func TestCloseWithUnreadData(t *testing.T) {
	st := lanStory(t, Record())
	_, c, s := st.pair(80)
	st.write(st.c, c, "unread")
	st.write(st.s, s, "readable")
	st.settle()
	st.ok(st.s.Close(s), "close")
	st.settle()
	if got := st.server.Stats().TCPAbortOnClose; got != 1 {
		t.Errorf("TCPAbortOnClose must be 1, is %d", got)
	}
	st.read(st.c, c, "readable", "what had arrived can still be read")
	st.readErrno(st.c, c, ECONNRESET, "then the reset is told")
	st.eof(st.c, c, "once")
	if n := len(st.server.Sockets().In(Listen)); n != 1 || len(st.server.Sockets()) != 1 {
		t.Errorf("a reset leaves no TIME_WAIT: %v", st.server.Sockets())
	}
	st.clean()
}

// Resets and SYNs in the window that do not hit the exact place are asked back
// (RFC 5961); outside of it they are nothing.
func TestBlindSegments(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	cs := st.client.socks.at(uint32(st.c.fds.get(c) & fdIndex))
	from, to := st.server.Addr(80), st.client.local(cs)
	for _, g := range []struct {
		name  string
		flags wire.Flags
		seq   wire.Seq
		acks  uint64
	}{
		{"a reset in the window", wire.RST, cs.rcvNxt + 100, 1},
		{"a reset outside of it", wire.RST, cs.rcvNxt + 1<<20, 0},
		{"a reset from the past", wire.RST, cs.rcvNxt - 1, 0},
		{"a SYN in the window", wire.SYN, cs.rcvNxt + 100, 1},
		{"a SYN in its place", wire.SYN, cs.rcvNxt, 1},
		{"a SYN from the past", wire.SYN, cs.rcvNxt - 100, 1},
		{"data without an ACK", 0, cs.rcvNxt, 0},
	} {
		st.net.RunFor(time.Second) // the last answer is long ago
		before := st.client.stats.OutSegs
		st.inject(st.server, from, to, wire.TCP{Flags: g.flags, Seq: uint32(g.seq), Ack: uint32(st.client.nxt(cs))}, "")
		if cs.state != Established {
			t.Fatalf("%s must not change the connection, it is in %v", g.name, cs.state)
		}
		if got := st.client.stats.OutSegs - before; got != g.acks {
			t.Errorf("%s: want %d answers, got %d", g.name, g.acks, got)
		}
	}
	before := st.client.stats.OutSegs
	st.inject(st.server, from, to, wire.TCP{Flags: wire.ACK, Seq: uint32(cs.rcvNxt), Ack: uint32(st.client.nxt(cs) + 1000)}, "x")
	if got := st.client.stats.OutSegs - before; got > 1 || st.c.unread(c) != 0 {
		t.Errorf("an ACK of what was never sent is asked back, and its data not taken: %d answers", got)
	}
	st.inject(st.server, from, to, wire.TCP{Flags: wire.RST, Seq: uint32(cs.rcvNxt)}, "")
	st.readErrno(st.c, c, ECONNRESET, "a reset in its exact place ends the connection")
	_ = s
	st.audit()
}

// Two ends that disagree about their numbers would answer each other for ever,
// at the speed of the wire. They do it twice a second.
func TestAckStorm(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{})
	_, c, s := st.pair(80)
	cs, ss := st.c.sock(c), st.s.sock(s)
	cs.rcvNxt += 1000 // as after a forged segment
	ss.rcvNxt += 1000
	before := st.client.stats.OutSegs + st.server.stats.OutSegs
	st.write(st.c, c, "x")
	st.net.RunFor(10 * time.Second)
	if n := st.client.stats.OutSegs + st.server.stats.OutSegs - before; n < 10 || n > 60 {
		t.Errorf("in 10 s each end may answer some 20 times, there were %d segments", n)
	}
	if st.client.Stats().TCPACKSkippedSeq+st.server.Stats().TCPACKSkippedSeq == 0 {
		t.Error("the answers left out must be counted")
	}
	st.audit()
}

// A segment for nobody: a SYN gets RST+ACK, an ACK gets a RST with its number,
// a RST gets nothing.
func TestSegmentForNobody(t *testing.T) {
	st := lanStory(t, Record())
	from, to := st.client.Addr(5000), st.server.Addr(9)
	st.client.nics[0].limit = 0
	for _, c := range []struct {
		tcp  wire.TCP
		want string
	}{
		{wire.TCP{Flags: wire.SYN, Seq: 100}, "Flags [R.], seq 0, ack 101"},
		{wire.TCP{Flags: wire.ACK, Seq: 100, Ack: 777}, "Flags [R], seq 777"},
		{wire.TCP{Flags: wire.FIN, Seq: 100}, "Flags [R.], seq 0, ack 104"},
		{wire.TCP{Flags: wire.RST, Seq: 100}, ""},
	} {
		n := st.net.Tape().Len()
		payload := ""
		if c.tcp.Flags&wire.FIN != 0 {
			payload = "abc"
		}
		st.inject(st.client, from, to, c.tcp, payload)
		got := ""
		for _, e := range st.net.Tape().Events()[n:] {
			if e.Host == "server" && e.Station == StationTx {
				got = e.Packet()
			}
		}
		if want := c.want; want != "" {
			want = "IP 10.0.0.1.9 > 10.0.0.2.5000: " + want + ", win 0, length 0"
			if got != want {
				t.Errorf("the answer to %v must be %q, is %q", c.tcp.Flags, want, got)
			}
		} else if got != "" {
			t.Errorf("a reset is never answered, got %q", got)
		}
	}
	st.audit()
}

// Initial sequence numbers: a clock of 64 ns ticks plus a secret of the tuple.
func TestInitialSequenceNumbers(t *testing.T) {
	st := lanStory(t)
	h := st.client
	a := h.isn(1, 2, 3, 4)
	if h.isn(1, 2, 3, 4) != a {
		t.Error("at one instant the number of a tuple is the same")
	}
	seen := map[wire.Seq]bool{a: true}
	for _, u := range []tuple{{2, 1, 3, 4}, {1, 2, 4, 3}, {1, 2, 3, 5}, {1, 3, 3, 4}, {9, 2, 3, 4}} {
		seen[h.isn(u.laddr, u.raddr, u.lport, u.rport)] = true
	}
	if len(seen) != 6 {
		t.Errorf("six tuples must have six numbers, they have %d", len(seen))
	}
	st.net.RunFor(time.Second)
	if d := h.isn(1, 2, 3, 4) - a; d != 15_625_000 {
		t.Errorf("in a second the clock goes on by 15,625,000 ticks of 64 ns, it went on by %d", d)
	}
	other := NewNetwork(Seed(2)).NewHost("client", Limits{})
	if other.isn(1, 2, 3, 4) == a {
		t.Error("another seed has another secret")
	}
}
