package sockets

import (
	"fmt"
	"math"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// LoadOptions say what a crowd does. At most one of Within, Rate and Window
// says when its clients come; without any they all come at once.
type LoadOptions struct {
	// Clients is how many connections the crowd opens.
	Clients int

	// Within spreads the arrivals evenly: 50 clients within a millisecond are
	// 20 µs apart.
	Within time.Duration

	// Rate lets them come by chance, so many a second on average (a Poisson
	// process).
	Rate float64

	// Window lets a client come whenever fewer than this many handshakes are
	// under way: as fast as the server answers.
	Window int

	// Send is what each client writes as soon as it is connected, without
	// waiting for anybody to accept.
	Send []byte

	// HoldFor is how long a client stays after it is connected. Zero: until
	// the server closes.
	HoldFor time.Duration
}

// maxClients is what a lookup table's 31 bits of index can name.
const maxClients = 1<<28 - 1

func (o LoadOptions) validate(target SockAddr, l Limits) error {
	ways := 0
	for _, given := range [3]bool{o.Within != 0, o.Rate != 0, o.Window != 0} {
		if given {
			ways++
		}
	}
	switch {
	case o.Clients < 1 || o.Clients > maxClients:
		return &LimitError{"Clients", o.Clients, fmt.Sprintf("1 to %d", maxClients)}
	case target.Family != AF_INET:
		return &LimitError{"target", target, "an IPv4 address and a port"}
	case len(o.Send) > l.Wmem:
		return &LimitError{"Send", fmt.Sprintf("%d bytes", len(o.Send)), fmt.Sprintf("what fits into the send buffer, %d", l.Wmem)}
	case ways > 1:
		return &LimitError{"Within, Rate, Window", "more than one", "at most one of the three"}
	case o.Within < 0 || o.Within > maxTime:
		return &LimitError{"Within", o.Within, fmt.Sprintf("0 to %v", maxTime)}
	case math.IsNaN(o.Rate) || o.Rate < 0 || o.Rate > 1e9 || o.Rate > 0 && o.Rate < 1e-3:
		return &LimitError{"Rate", o.Rate, "0.001 to 1e9 a second"}
	case o.Window < 0 || o.Window > maxClients:
		return &LimitError{"Window", o.Window, fmt.Sprintf("1 to %d", maxClients)}
	case o.HoldFor < 0 || o.HoldFor > maxTime:
		return &LimitError{"HoldFor", o.HoldFor, fmt.Sprintf("0 to %v", maxTime)}
	}
	return nil
}

// Load is a crowd: clients on one host that connect to one address. They are
// sockets of that host like any others, on the same code path, but they need
// neither a program nor descriptors: a state and a few events each.
//
// They leave from the host's addresses in turn, each with ephemeral ports of
// its own.
type Load struct {
	host   *Host
	target SockAddr
	o      LoadOptions
	number uint32
	stream *sim.Stream
	arrive sim.Handler
	leave  sim.Handler
	socks  []uint32 // the socket of each client, 0 once it is gone
	result LoadResult

	pending int  // handshakes under way
	coming  bool // fill is to run at this instant
}

// LoadResult is what has become of a crowd's clients so far.
type LoadResult struct {
	Started   int // have called connect
	Connected int // have been connected, accepted or not
	Open      int // are connected now
	Refused   int // ECONNREFUSED: nobody listens
	TimedOut  int // ETIMEDOUT: nobody answered
	Reset     int // ECONNRESET
	NoPort    int // EADDRNOTAVAIL: no ephemeral port left
	Failed    int // any other errno

	BytesSent, BytesReceived int64
	First, Last              sim.Time // when the first and the latest were connected
}

// NewLoad makes a crowd of clients on this host. It starts at the present
// instant.
func (h *Host) NewLoad(target SockAddr, o LoadOptions) *Load {
	l := &Load{host: h, target: target, o: o}
	err := o.validate(target, h.limits)
	if err == nil {
		err = h.net.afford(o)
	}
	if err != nil {
		h.net.fail(fmt.Errorf("crowd on host %q: %w", h.name, err))
		return l
	}
	l.o.Send = append([]byte(nil), o.Send...)
	h.loads = append(h.loads, l)
	l.number = uint32(len(h.loads))
	l.stream = h.net.sim.Stream(uint64(h.id)<<32 | uint64(l.number))
	l.arrive = h.net.sim.Handle(func(uint64) { l.next() })
	l.leave = h.net.sim.Handle(func(k uint64) { l.Close(int(k)) })
	h.net.sim.After(0, l.arrive, 0)
	return l
}

// Result is what has become of the clients so far.
func (l *Load) Result() LoadResult { return l.result }

// next starts the client whose turn it is, and plans the one after.
func (l *Load) next() {
	if l.o.Window > 0 {
		l.coming = false
		l.fill()
		return
	}
	l.start()
	if l.o.Within == 0 && l.o.Rate == 0 {
		for l.result.Started < l.o.Clients && !l.stopped() {
			l.start()
		}
	}
	if l.result.Started == l.o.Clients {
		return
	}
	gap := l.o.Within / time.Duration(l.o.Clients)
	if l.o.Rate > 0 {
		gap = time.Duration(l.stream.Exp() / l.o.Rate * 1e9)
	}
	l.host.net.sim.After(gap, l.arrive, 0)
}

// fill starts clients until the window is full.
func (l *Load) fill() {
	for l.result.Started < l.o.Clients && l.pending < l.o.Window && !l.stopped() {
		l.start()
	}
}

// room lets others come where one has made room: still at this instant, but
// after the soft interrupt that brought the news, as programs would.
func (l *Load) room() {
	if l.o.Window > 0 && !l.coming && l.result.Started < l.o.Clients {
		l.coming = true
		l.host.net.sim.After(0, l.arrive, 0)
	}
}

// stopped looks, now and then while many clients start in one instant, whether
// the run is to end. They then stay away.
func (l *Load) stopped() bool {
	return l.result.Started%betweenLooks == 0 && l.host.net.halted() != nil
}

// start lets one client connect.
func (l *Load) start() {
	h := l.host
	k := l.result.Started
	l.result.Started++
	i := h.socks.alloc()
	s := h.socks.at(i)
	*s = sock{state: Closed, flags: flagNonblock | flagCrowd, waiters: l.number, refs: 1}
	if l.target.Family == AF_INET && l.target.Addr[0] != 127 {
		s.laddr = h.nth(k)
	}
	if e := h.open(i, s, l.target); e != 0 {
		l.count(e)
		s.refs = 0
		h.done(i, s)
		i = 0
	}
	l.socks = append(l.socks, i)
	if i != 0 {
		s.link = uint32(k) + 1
		l.pending++
	}
}

// nth is the address of a host from which client k leaves: each in turn.
func (h *Host) nth(k int) wire.Addr4 {
	all := 0
	for _, r := range h.ranges {
		all += int(r.hi-r.lo) + 1
	}
	k %= all
	for _, r := range h.ranges {
		if n := int(r.hi-r.lo) + 1; k < n {
			return r.lo + wire.Addr4(k)
		} else {
			k -= n
		}
	}
	return h.ranges[0].lo
}

func (l *Load) count(e Errno) {
	switch e {
	case ECONNREFUSED:
		l.result.Refused++
	case ETIMEDOUT:
		l.result.TimedOut++
	case ECONNRESET, EPIPE:
		l.result.Reset++
	case EADDRNOTAVAIL:
		l.result.NoPort++
	default:
		l.result.Failed++
	}
}

// tellCrowds lets crowds act on what has happened to their sockets. It runs
// when the segment or timer that caused it is done with, so that nothing the
// crowd does gets in its way.
func (h *Host) tellCrowds() {
	for len(h.news) > 0 {
		i := h.news[len(h.news)-1]
		h.news = h.news[:len(h.news)-1]
		s := h.socks.at(i)
		if s.flags&flagCrowd != 0 {
			h.loads[s.waiters-1].tell(i, s)
		}
	}
}

// tell is one client looking at its socket.
func (l *Load) tell(i uint32, s *sock) {
	h := l.host
	k := int(s.link) - 1
	if s.flags&flagWasOpen != 0 && s.flags&flagCounted == 0 {
		s.flags |= flagCounted
		l.pending--
		now := h.net.sim.Now()
		if l.result.Connected == 0 {
			l.result.First = now
		}
		l.result.Connected++
		l.result.Open++
		l.result.Last = now
		if n := len(l.o.Send); n > 0 && s.state.canSend() {
			l.result.BytesSent += int64(h.copyIn(i, s, l.o.Send, 0, nil))
		}
		if l.o.HoldFor > 0 {
			h.net.sim.After(l.o.HoldFor, l.leave, uint64(k))
		}
		l.room()
	}
	if s.traffic != 0 && h.traffic.at(s.traffic).rcvHead != 0 {
		var b [2048]byte
		for n := h.copyOut(i, s, b[:]); n > 0; n = h.copyOut(i, s, b[:]) {
			l.result.BytesReceived += int64(n)
		}
	}
	if s.state == Closed || s.flags&flagEOF != 0 {
		if e := s.takeError(); e != 0 {
			l.count(e)
		}
		l.Close(k)
		l.room()
	}
}

// Send lets client k write data, and reports how many bytes there was room
// for; -1 if it is not connected.
func (l *Load) Send(k int, data []byte) int {
	if k < 0 || k >= len(l.socks) || l.socks[k] == 0 {
		return -1
	}
	s := l.host.socks.at(l.socks[k])
	if !s.state.canSend() {
		return -1
	}
	n := l.host.copyIn(l.socks[k], s, data, 0, nil)
	l.result.BytesSent += int64(n)
	return n
}

// Close lets client k close its socket, as close(2) does.
func (l *Load) Close(k int) {
	if k < 0 || k >= len(l.socks) || l.socks[k] == 0 {
		return
	}
	h, i := l.host, l.socks[k]
	l.socks[k] = 0
	s := h.socks.at(i)
	if s.flags&flagCounted != 0 {
		l.result.Open--
	} else {
		l.pending--
		l.room()
	}
	s.flags &^= flagCrowd
	s.waiters, s.link, s.refs = 0, 0, 0
	h.closeSocket(i, s)
}

// CloseAll lets every client close its socket.
func (l *Load) CloseAll() {
	for k := range l.socks {
		l.Close(k)
	}
}
