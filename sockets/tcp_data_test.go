package sockets

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"
	"unsafe"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// randomBytes is n bytes that depend on the seed alone.
func randomBytes(seed uint64, n int) []byte {
	random := sim.NewStream(seed, 42)
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// end is one end of a connection that sends and receives at the same time.
type end struct {
	p          *Process
	fd         int
	send, want []byte // still to send; all that must come
	got        []byte
	piece      int // at most so many bytes a call
}

// step writes and reads a piece, if the socket takes and has one.
func (e *end) step(st *story, random *sim.Stream) {
	st.Helper()
	if len(e.send) > 0 {
		n, err := e.p.Write(e.fd, e.send[:min(len(e.send), 1+random.IntN(e.piece))])
		if err != nil {
			st.errno(err, EAGAIN, "write into a full send buffer")
		}
		e.send = e.send[n:]
	}
	buf := make([]byte, 1+random.IntN(e.piece))
	n, err := e.p.Read(e.fd, buf)
	if err != nil {
		st.errno(err, EAGAIN, "read of an empty receive buffer")
	}
	e.got = append(e.got, buf[:n]...)
}

// exchange sends up from the client and down from the server at the same time,
// and checks that every byte arrives once and in order. It returns the virtual
// time it took.
func (st *story) exchange(up, down []byte, piece int) time.Duration {
	st.Helper()
	l := st.listen(80, 5)
	c := &end{p: st.c, fd: st.nonblocking(st.c), send: up, want: down, piece: piece}
	st.errno(st.c.Connect(c.fd, st.server.Addr(80)), EINPROGRESS, "connect")
	for st.c.state(c.fd) != Established {
		st.net.RunFor(time.Second)
	}
	fd, _, err := st.s.Accept4(l, SOCK_NONBLOCK)
	st.ok(err, "accept4")
	s := &end{p: st.s, fd: fd, send: down, want: up, piece: piece}
	if st.opened != nil {
		st.opened(st.c.sock(c.fd), st.s.sock(s.fd))
	}
	stream := sim.NewStream(7, uint64(piece))
	random := &stream
	start, progress, had := st.now(), st.now(), 0
	for i := 0; len(c.got) < len(down) || len(s.got) < len(up); i++ {
		c.step(st, random)
		s.step(st, random)
		if n := len(c.got) + len(s.got); n > had {
			progress, had = st.now(), n
		}
		if st.now()-progress > 30*time.Minute {
			st.Errorf("nothing arrives any more: %d of %d bytes up, %d of %d down", len(s.got), len(up), len(c.got), len(down))
			return 0
		}
		if i%64 == 0 {
			st.audit()
		}
		if st.Failed() {
			return 0
		}
		// The longer nothing happens the longer the steps, or a retransmission
		// timeout of two minutes would be millions of them.
		st.net.RunFor(time.Duration(random.IntN(100))*time.Microsecond + (st.now()-progress)/8)
	}
	for _, e := range []*end{c, s} {
		if !bytes.Equal(e.got, e.want) {
			st.Errorf("%v received what was not sent: %s", e.p, firstDifference(e.got, e.want))
		}
	}
	st.audit()
	return st.now() - start
}

func firstDifference(got, want []byte) string {
	for i := range want {
		if i >= len(got) {
			return fmt.Sprintf("%d of %d bytes came", len(got), len(want))
		}
		if got[i] != want[i] {
			return fmt.Sprintf("byte %d is %d, not %d", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("%d bytes came, %d were sent", len(got), len(want))
}

// A megabyte up and another down, over wires and hosts of every kind. Where
// rings and queues are short, frames are lost and sent again.
func TestMegabyteBothWays(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name  string
		l     Limits
		wire  LinkOptions
		n     int
		loses bool
	}{
		{"a machine room", Limits{}, LAN, mb, false},
		{"a wire without a rate", Limits{}, LinkOptions{}, mb, false},
		{"a long slow wire", Limits{}, LinkOptions{Delay: 40 * time.Millisecond, Rate: 20_000_000}, mb, false},
		{"small segments", Limits{MSS: 88}, LAN, mb / 8, false},
		{"segments of 64 KB", Limits{MSS: maxMSS}, LAN, mb, false},
		{"the smallest buffers", Limits{Rmem: 2304, Wmem: 4608}, LAN, mb / 4, false},
		{"an interrupt for each frame", Limits{RxUsecs: -1, RxBudget: 1}, LAN, mb, false},
		{"an rx ring of two frames", Limits{RxRing: 2}, LAN, mb / 8, true},
		{"a transmit queue of two frames", Limits{}, LinkOptions{Delay: time.Millisecond, Rate: 10_000_000, Queue: 2}, mb / 8, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStory(t, c.l, c.wire)
			up, down := randomBytes(1, c.n), randomBytes(2, c.n)
			took := st.exchange(up, down, 20_000)
			lost := st.server.stats.RxMissed + st.client.stats.RxMissed + st.server.stats.TxDropped + st.client.stats.TxDropped
			again := st.server.stats.RetransSegs + st.client.stats.RetransSegs
			if (lost > 0) != c.loses || (again > 0) != c.loses {
				t.Errorf("frames are lost here: %v; %d were, and %d segments sent again", c.loses, lost, again)
			}
			t.Logf("%d bytes each way in %v, %d frames lost, %d segments sent again", c.n, took, lost, again)
			st.clean()
		})
	}
}

// Small pieces in both directions, down to a byte a call.
func TestSmallPiecesBothWays(t *testing.T) {
	for _, piece := range []int{1, 7, 100} {
		st := lanStory(t)
		st.exchange(randomBytes(3, 300*piece), randomBytes(4, 300*piece), piece)
		st.clean()
	}
}

// Sequence numbers wrap around at 2^32, in the middle of a transfer.
func TestSequenceNumbersWrapAround(t *testing.T) {
	for _, before := range []wire.Seq{0, 1, 1000, 70_000} {
		st := newStory(t, Limits{RxRing: 16}, LAN) // and with losses
		st.opened = func(c, s *sock) {
			hosts := []*Host{st.client, st.server}
			shift(hosts, c, s, -before)
			shift(hosts, s, c, -before-7)
		}
		st.exchange(randomBytes(5, 150_000), randomBytes(6, 150_000), 20_000)
		st.clean()
	}
}

// shift moves the numbers of one direction of an idle connection.
func shift(hosts []*Host, from, to *sock, seq wire.Seq) {
	from.sndUna, to.rcvNxt = seq, seq
	for _, h := range hosts {
		h.socks.each(func(_ uint32, s *sock) {
			if (s == from || s == to) && s.traffic != 0 {
				h.giveBack(s, h.traffic.at(s.traffic)) // it begins anew, at the new numbers
			}
		})
	}
}

// What is lost is sent again: after the retransmission timeout, 200 ms here, in
// slow start, and not one segment for each timeout. With SACK a tail loss probe
// finds out after two round trips (RFC 8985 §7).
func TestLossIsMendedAtTheSpeedOfACKs(t *testing.T) {
	for _, probe := range []bool{false, true} {
		lossIsMended(t, probe)
	}
}

func lossIsMended(t *testing.T, probe bool) {
	st := lanStory(t)
	want, counter := 200*time.Millisecond, &st.client.stats.TCPTimeouts
	if probe {
		want, counter = 2*time.Millisecond, &st.client.stats.TCPLossProbes
	} else {
		st.ok(st.client.SetSysctl("net.ipv4.tcp_early_retrans", "0"), "sysctl")
	}
	_, c, s := st.pair(80)
	data := string(randomBytes(8, 14_480)) // ten segments
	st.server.nics[0].limit = 0
	st.write(st.c, c, data)
	st.net.RunFor(time.Millisecond)
	st.server.nics[0].limit = 1024
	start := st.now()
	st.net.RunUntil(func() bool { return st.s.unread(s) == len(data) })
	st.wantTook(start, want-time.Millisecond, 3*time.Millisecond, "ten lost segments arrive after one timeout")
	if got := st.client.Stats().RetransSegs; got < 10 || got > 11 || *counter != 1 {
		t.Errorf("each of the ten segments is sent again, %d were, after %d timeouts", got, *counter)
	}
	st.read(st.s, s, data, "every byte, in order")
	st.audit()
	st.clean()
}

// unread is how many bytes wait in a receive queue.
func (p *Process) unread(fd int) int {
	s := p.sock(fd)
	if s.traffic == 0 {
		return 0
	}
	return int(p.host.traffic.at(s.traffic).rcvBytes)
}

// Nobody acknowledges: the segment goes out again and again, at growing
// intervals, for as long as 15 retransmissions would take if the first came
// after 200 ms, 924.6 s; then the connection dies with ETIMEDOUT
// (retransmits_timed_out).
func TestNobodyAcknowledges(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.server.nics[0].limit = 0
	st.write(st.c, c, "x")
	start := st.now()
	_, err := st.c.Read(c, make([]byte, 1))
	st.errno(err, ETIMEDOUT, "read when the peer has gone deaf")
	// A probe after 0.2 s, then 0.2, 0.4 … 102.4 s, then 120 s each.
	st.wantTook(start, 924600*time.Millisecond, time.Second, "the connection dies")
	if got := st.client.Stats().RetransSegs; got != 16 {
		t.Errorf("fifteen retransmissions and a probe were to be sent, but %d were", got)
	}
	st.eof(st.c, c, "the error is told once")
	st.audit()
	st.server.nics[0].limit = 1024
	st.write(st.s, s, "hello?")
	st.settle()
	st.readErrno(st.s, s, ECONNRESET, "the other end is half open, and is told when it speaks")
	st.audit()
	st.clean()
}

// A receiver that does not read: the window closes, the sender asks at growing
// intervals whether it has opened, and does so for ever as long as it gets an
// answer (RFC 9293 §3.8.6.1).
func TestZeroWindowIsProbedForEver(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	sent := 0
	st.client.Spawn("writer", func(*Process) {
		n, err := st.c.Write(c, make([]byte, 4_000_000))
		if sent = n; err != nil {
			t.Errorf("the writer must sleep until there is room, got %v", err)
		}
	})
	st.net.RunFor(time.Second)
	full := st.s.unread(s)
	if cs := st.c.sock(c); full < int(st.server.fullWindow(st.s.sock(s))) || full > st.server.limits.Rmem || cs.sndWnd() != 0 {
		t.Fatalf("the window of %d bytes must be full and closed, %d have come, and the sender sees %d", st.server.fullWindow(st.s.sock(s)), full, cs.sndWnd())
	}
	st.net.RunFor(24 * time.Hour)
	if st.c.state(c) != Established || sent != 0 {
		t.Fatalf("after a day the connection must still be open: %v", st.client.Sockets())
	}
	if probes := st.client.Stats().TCPWinProbe; probes < 700 || probes > 800 {
		t.Errorf("a day has some 720 intervals of two minutes, there were %d probes", probes)
	}
	st.audit()
	got := 0
	for buf := make([]byte, 100_000); got < 4_000_000; {
		n, err := st.s.Read(s, buf)
		st.ok(err, "read")
		got += n
	}
	st.net.RunFor(time.Second)
	if sent != 4_000_000 {
		t.Errorf("the writer must be done, it wrote %d", sent)
	}
	st.clean()
}

// Probes alone are nothing that is going to happen: a run ends in spite of
// them, and who waits for the window is stuck. An orphan gives up after a while.
func TestProbesDoNotKeepARunGoing(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	n, err := st.c.Write(c, make([]byte, 6_000_000))
	var stuck *StuckError
	// The reader's buffer, half to the whole of it, and the writer's, 87,040 or
	// more as the window grows, of which a last third may stay empty: nobody
	// wakes a writer for less.
	if !errors.As(err, &stuck) || n < 64_240+87_040*2/3 || n > 131_072+4<<20 {
		t.Errorf("write to a peer that does not read must be stuck after both buffers, wrote %d: %v", n, err)
	}
	st.ok(st.net.Run(), "the run")
	had := st.s.unread(s)
	st.ok(st.net.RunUntil(func() bool { return false }), "another")
	if st.now() > time.Minute {
		t.Errorf("the run must end as soon as only probes are left, not after %v", st.now())
	}
	st.audit()
	st.net.RunFor(time.Hour)
	st.wantState(st.c, c, Established, "after an hour of probes")
	st.audit()
	st.ok(st.c.Close(c), "close with bytes that cannot go")
	st.audit()
	st.ok(st.net.Run(), "the run")
	st.audit()
	if len(st.client.Sockets()) != 0 {
		t.Errorf("an orphan before a closed window gives up: %v", st.client.Sockets())
	}
	if got := st.s.unread(s); got != had {
		t.Errorf("the reader keeps what it has, %d bytes, not %d", had, got)
	}
	st.clean()
}

// The update that says the window is open is lost: the next probe finds out.
func TestLostWindowUpdate(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.client.Spawn("writer", func(*Process) { st.c.Write(c, make([]byte, 500_000)) })
	st.net.RunFor(150 * time.Millisecond)
	st.client.nics[0].limit = 0
	for range 7 {
		st.s.Read(s, make([]byte, 10_000)) // the updates find a deaf client
	}
	st.settle()
	st.client.nics[0].limit = 1024
	if st.c.sock(c).sndWnd() != 0 {
		t.Fatal("the client must not know that the window is open")
	}
	st.net.RunFor(30 * time.Second)
	if rest := st.s.unread(s); st.client.Stats().TCPWinProbe == 0 || rest == 0 {
		t.Errorf("a probe must find out: %d were sent, %d bytes came", st.client.Stats().TCPWinProbe, rest)
	}
	st.audit()
	st.clean()
}

// A reader that takes a little at a time from a full buffer does not answer each
// with a segment: the window opens by a sixteenth of the buffer, or not at all
// (RFC 9293 §3.8.6.2.2; __tcp_select_window).
func TestSillyWindowIsAvoided(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.client.Spawn("writer", func(*Process) { st.c.Write(c, make([]byte, 500_000)) })
	st.net.RunFor(150 * time.Millisecond)
	before := st.server.Stats().OutSegs
	full, reads := int(st.server.fullWindow(st.s.sock(s))), 0
	for ; full-st.s.unread(s) < full/16; reads++ {
		if n := st.server.Stats().OutSegs - before; n != 0 {
			t.Fatalf("%d of %d bytes are free, less than a sixteenth: nothing to say, %d segments said it", full-st.s.unread(s), full, n)
		}
		st.s.Read(s, make([]byte, 64))
	}
	if reads < full/16/64 {
		t.Errorf("the buffer was to be full, but %d reads were enough", reads)
	}
	for range 16 { // and in units of 1,024 bytes: the window scale
		st.s.Read(s, make([]byte, 64))
	}
	if n := st.server.Stats().OutSegs - before; n != 1 {
		t.Errorf("with a sixteenth free the window opens: want one segment, got %d", n)
	}
	st.settle()
	st.audit()
}

// Nagle, as Linux has it (Minshall): a short segment waits only for the ACK of
// another short one.
func TestShortSegments(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	lengths := func(writes ...int) (got []int) {
		tape := newTape()
		tape.net = st.net
		st.net.tape = tape
		defer func() { st.net.tape = nil }()
		for _, n := range writes {
			st.write(st.c, c, string(make([]byte, n)))
		}
		for _, e := range tape.events {
			if e.Station == StationOut && e.Host == "client" {
				got = append(got, e.Len)
			}
		}
		st.settle()
		for _, e := range tape.events[len(got):] {
			if e.Station == StationOut && e.Host == "client" && e.Len > 0 && e.At > tape.events[0].At {
				got = append(got, -e.Len) // it had to wait for an ACK
			}
		}
		return got
	}
	for _, x := range []struct {
		writes, want []int
		why          string
	}{
		{[]int{10}, []int{10}, "one short segment goes at once"},
		{[]int{10, 20, 30}, []int{10, -50}, "the ones after a short segment wait for its ACK, together"},
		{[]int{2000}, []int{1448, 552}, "the short end of a long write does not wait"},
		{[]int{2000, 100}, []int{1448, 552, -100}, "the next short one does"},
		{[]int{10, 1448}, []int{10, 1448}, "a full segment never waits"},
	} {
		if got := lengths(x.writes...); fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("writes of %v: %s: want segments %v, got %v", x.writes, x.why, x.want, got)
		}
		st.s.Read(s, make([]byte, 10_000))
	}
	st.audit()
}

// The FIN travels with the last data, and behind what still waits.
func TestFinWithData(t *testing.T) {
	st := lanStory(t, Record())
	_, c, s := st.pair(80)
	st.write(st.c, c, "first")
	st.write(st.c, c, "second") // waits for the ACK of the first
	st.ok(st.c.Close(c), "close")
	st.settle()
	st.read(st.s, s, "firstsecond", "all data comes before the end")
	st.eof(st.s, s, "then the end")
	with := false
	for _, e := range st.net.Tape().Events() {
		with = with || e.Host == "client" && e.Station == StationTx && e.Flags&wire.FIN != 0 && e.Len > 0
	}
	if !with {
		t.Error("the FIN must travel with the last segment")
	}
	st.write(st.s, s, "answer to nobody")
	st.settle()
	st.audit()
	st.clean()
}

// A connection is idle when nothing is under way: it keeps nothing but its 64
// bytes, and the few that fell quiet last what they have learned of the way.
func TestIdleConnectionKeepsNothing(t *testing.T) {
	if n := unsafe.Sizeof(sock{}); n > 64 {
		t.Errorf("a sock has %d bytes", n)
	}
	st := lanStory(t)
	l := st.listen(80, 1000)
	const many = 3 * quietPlaces
	for range many {
		c := st.socket(st.c)
		st.ok(st.c.Connect(c, st.server.Addr(80)), "connect")
		st.write(st.c, c, "ping")
		st.settle()
		s := st.accept(l)
		st.read(st.s, s, "ping", "there")
		st.write(st.s, s, "pong")
		st.settle()
		st.read(st.c, c, "pong", "and back")
	}
	st.net.RunFor(time.Second)
	for _, h := range []*Host{st.client, st.server} {
		if h.traffic.live > quietPlaces || h.mem.bytes != 0 || h.skbs.live != 0 || h.sents.live != 0 || h.holes.live != 0 {
			t.Errorf("%s: %d idle connections hold %d traffics, %d bytes, %d pieces", h.name, many, h.traffic.live, h.mem.bytes, h.skbs.live)
		}
	}
	if n := st.net.sim.Pending(); n != 0 {
		t.Errorf("an idle connection has no timer, %d events are pending", n)
	}
	st.audit()
	st.clean()
}
