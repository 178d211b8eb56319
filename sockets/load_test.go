package sockets

import (
	"testing"
	"time"
)

// When clients come: evenly within a time, by chance at a rate, as fast as the
// server answers, or all at once.
func TestCrowdArrivals(t *testing.T) {
	st := lanStory(t)
	st.listen(80, 1000)
	started := func(o LoadOptions, after ...time.Duration) (counts []int) {
		load := st.client.NewLoad(st.server.Addr(80), o)
		begin := st.now()
		for _, d := range after {
			st.net.RunFor(begin + d - st.now())
			counts = append(counts, load.Result().Started)
		}
		load.CloseAll()
		return counts
	}
	got := started(LoadOptions{Clients: 50, Within: time.Millisecond}, 0, 20*time.Microsecond, 979*time.Microsecond, time.Millisecond)
	if want := []int{1, 2, 49, 50}; got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("50 clients within a millisecond are 20 µs apart: want %v after 0, 20, 979 and 1,000 µs, got %v", want, got)
	}
	if got := started(LoadOptions{Clients: 7}, 0); got[0] != 7 {
		t.Errorf("without a time all come at once, got %v", got)
	}
	// A Poisson process: mean 1,000 in a second, standard deviation 32.
	got = started(LoadOptions{Clients: 5000, Rate: 1000}, time.Second, 2*time.Second)
	if got[0] < 870 || got[0] > 1130 || got[1] < 1800 || got[1] > 2200 {
		t.Errorf("at 1,000 a second some 1,000 and 2,000 must have come, got %v", got)
	}
	st.audit()
}

// A window lets as many handshakes be under way, not more, and goes on
// whatever becomes of them.
func TestCrowdWindow(t *testing.T) {
	st := lanStory(t)
	st.listen(80, 1000)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 100, Window: 7})
	most := 0
	st.net.RunUntil(func() bool {
		n := 0
		st.client.socks.each(func(_ uint32, s *sock) {
			if s.state == SynSent {
				n++
			}
		})
		most = max(most, n)
		return load.Result().Connected == 100
	})
	if most != 7 {
		t.Errorf("a window of 7 lets 7 handshakes be under way, not %d", most)
	}
	load.CloseAll()
	// Refused, at once, every one of them.
	load = st.client.NewLoad(st.server.Addr(81), LoadOptions{Clients: 100, Window: 7})
	st.settle()
	if r := load.Result(); r.Refused != 100 || r.Started != 100 || r.Open != 0 {
		t.Errorf("all 100 are refused, seven at a time: %+v", r)
	}
	// No port for most of them.
	st = newStory(t, Limits{PortLow: 40000, PortHigh: 40009}, LAN)
	st.listen(80, 1000)
	load = st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 100, Window: 3})
	st.settle()
	if r := load.Result(); r.NoPort != 90 || r.Connected != 10 {
		t.Errorf("ten ports are ten connections: %+v", r)
	}
	st.audit()
}

// A window is about handshakes: connections that die later free no second
// place, and clients closed in the middle of one free theirs.
func TestCrowdWindowCountsHandshakes(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 1000)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 20, Window: 10, Send: []byte("x")})
	st.settle()
	for st.server.Sockets().In(Listen)[0].RecvQ > 0 { // the server resets them all
		st.ok(st.s.Close(st.accept(l)), "close with unread data")
	}
	st.settle()
	if r := load.Result(); r.Connected != 20 || r.Reset != 20 || r.Open != 0 || load.pending != 0 {
		t.Errorf("20 were connected and reset, none is under way: %+v, %d under way", r, load.pending)
	}
	st.ok(st.s.Close(l), "close")
	// A full queue and a deaf listener: the handshakes stay under way.
	st.listen(81, 0)
	st.connect(81)
	load = st.client.NewLoad(st.server.Addr(81), LoadOptions{Clients: 20, Window: 5})
	st.settle()
	if r := load.Result(); r.Started != 5 {
		t.Fatalf("five wait for their handshake: %+v", r)
	}
	load.Close(0)
	load.Close(1)
	st.settle()
	if r := load.Result(); r.Started != 7 || load.pending != 5 {
		t.Errorf("two who give up make room for two more: %+v, %d under way", r, load.pending)
	}
	st.net.RunFor(3 * time.Minute)
	if r := load.Result(); r.TimedOut < 5 || load.pending != 5 && r.Started < 20 {
		t.Errorf("who times out makes room: %+v, %d under way", r, load.pending)
	}
	st.audit()
}

// What a crowd sends and receives, and how long it holds.
func TestCrowdSendsAndHolds(t *testing.T) {
	st := lanStory(t)
	send := []byte("GET /")
	l := st.listen(80, 10)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 5, Send: send, HoldFor: time.Second})
	copy(send, "XXXXX") // the crowd has its own copy
	st.settle()
	for range 5 {
		fd := st.accept(l)
		st.read(st.s, fd, "GET /", "what a client writes as soon as it is connected")
		st.write(st.s, fd, "answer")
	}
	st.settle()
	r := load.Result()
	if r.Open != 5 || r.BytesSent != 25 || r.BytesReceived != 30 || r.First == 0 || r.Last < r.First {
		t.Errorf("five clients sent 25 bytes and received 30: %+v", r)
	}
	if n := load.Send(2, []byte("more")); n != 4 {
		t.Errorf("a client can write more, %d bytes of 4", n)
	}
	if load.Send(-1, nil) != -1 || load.Send(99, nil) != -1 {
		t.Error("there is no client -1 and no client 99")
	}
	st.net.RunFor(900 * time.Millisecond)
	if r := load.Result(); r.Open != 5 {
		t.Errorf("after 0.9 s they still hold: %+v", r)
	}
	st.net.RunFor(200 * time.Millisecond)
	if r := load.Result(); r.Open != 0 || load.Send(2, []byte("x")) != -1 {
		t.Errorf("after a second all have closed: %+v", r)
	}
	load.Close(2)
	load.Close(-1)
	load.Close(99)
	st.audit()
	st.s.Exit()
	st.clean()
}

// A server that closes makes the client close; a reset is counted.
func TestCrowdIsClosedOn(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 10)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 3})
	st.settle()
	a, b := st.accept(l), st.accept(l)
	st.ok(st.s.Close(a), "close")
	load.Send(1, []byte("unread"))
	st.settle()
	st.ok(st.s.Close(b), "close with unread data")
	st.settle()
	r := load.Result()
	if r.Open != 1 || r.Connected != 3 || r.Reset != 1 {
		t.Errorf("one closed on, one reset, one still open: %+v", r)
	}
	load.CloseAll()
	if r := load.Result(); r.Open != 0 {
		t.Errorf("none is open after CloseAll: %+v", r)
	}
	st.audit()
	st.clean()
}

// Crowds on the loopback, and from several addresses in turn.
func TestCrowdAddresses(t *testing.T) {
	st := lanStory(t)
	st.ok(st.client.AddAddrs("10.1.0.1", 2), "more addresses")
	l := st.listen(80, 100)
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 6, Window: 1})
	st.settle()
	for _, want := range []string{"10.0.0.2", "10.1.0.1", "10.1.0.2", "10.0.0.2", "10.1.0.1", "10.1.0.2"} {
		if _, peer, err := st.s.Accept4(l, 0); err != nil || peer.ip4().String() != want {
			t.Errorf("clients leave from each address in turn: want %s, got %v, %v", want, peer, err)
		}
	}
	for _, to := range []string{"127.0.0.1:80", "10.0.0.1:80"} {
		local := st.server.NewLoad(Addr(to), LoadOptions{Clients: 3})
		st.settle()
		if r := local.Result(); r.Connected != 3 {
			t.Errorf("a crowd on the server's own host connects to %s: %+v", to, r)
		}
		local.CloseAll()
	}
	if r := st.client.NewLoad(Addr("10.9.9.9:80"), LoadOptions{Clients: 2}); true {
		st.settle()
		if got := r.Result(); got.Failed != 2 {
			t.Errorf("nobody leads to 10.9.9.9: %+v", got)
		}
	}
	st.audit()
}

// A crowd that comes and goes leaves nothing behind.
func TestCrowdLeavesNothing(t *testing.T) {
	st := lanStory(t)
	st.server.Spawn("server", func(p *Process) {
		l, _ := p.ListenOn(Any(80), 100)
		for {
			fd, _, err := p.Accept4(l, 0)
			if err != nil {
				return
			}
			p.Close(fd)
		}
	})
	st.net.RunFor(time.Millisecond)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 2000, Rate: 10_000, Send: []byte("x"), HoldFor: time.Millisecond})
	st.net.RunFor(10 * time.Second)
	if r := load.Result(); r.Started != 2000 || r.Open != 0 {
		t.Errorf("all have come and gone: %+v", r)
	}
	st.audit()
	for _, p := range st.server.procs {
		if p.Name() == "server" && p != st.s {
			p.Exit()
			break
		}
	}
	st.clean()
}

// The last client of very many that give up takes the table's memory along,
// and what was still to be told of it with it.
func TestCrowdGivesUpTogether(t *testing.T) {
	st := lanStory(t)
	load := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 3 * slabChunk, Within: time.Second})
	st.net.RunFor(10 * time.Minute)
	if r := load.Result(); r.Refused != 3*slabChunk {
		t.Errorf("nobody listens, all are refused: %+v", r)
	}
	load = st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 3 * slabChunk})
	st.net.RunFor(10 * time.Minute)
	if r := load.Result(); r.Refused+r.TimedOut != 3*slabChunk || r.Refused == 0 {
		t.Errorf("all at once, some never get through: %+v", r)
	}
	st.audit()
	st.clean()
}
