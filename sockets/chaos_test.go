package sockets

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Chance attacks: programs of random calls on two hosts, on narrow limits,
// with deaf cards, full rings, threads that sleep and processes that die. After
// each call every invariant is checked; every byte read must be the one that
// was written; and at the end nothing may be left.

// chooser makes the choices: a seed's, or a fuzzer's.
type chooser interface {
	pick(n int) int // 0 to n-1
	more() bool
}

type seeded_ struct {
	stream sim.Stream
	left   int
}

func (c *seeded_) pick(n int) int { return c.stream.IntN(n) }
func (c *seeded_) more() bool     { c.left--; return c.left >= 0 }

type chaos struct {
	chooser
	net   *Network
	hosts []*Host
	procs []*Process
	loads []*Load
	// flow is where each socket's two streams of bytes are.
	flow  map[*sock]*flow
	dirty bool // segments are forged, so bytes are not what they should be
	fail  func(format string, args ...any)
}

// flow counts the bytes a socket has written and read since it was connected.
// Byte k of every stream has the same value, so a byte that is lost, doubled or
// out of place shows.
type flow struct{ written, read, asleep int }

func (c *chaos) of(p *Process, fd int) *flow {
	if p.ended || p.fds.get(fd)&fdKind != kindSock {
		return &flow{}
	}
	s := p.sock(fd)
	if c.flow[s] == nil {
		c.flow[s] = &flow{}
	}
	return c.flow[s]
}

// byteAt is byte k of a stream: a sequence that does not repeat for 251·256.
func byteAt(k int) byte { return byte(k%251) + byte(k/251) }

func newChaos(c chooser, fail func(string, ...any)) *chaos {
	x := &chaos{chooser: c, flow: map[*sock]*flow{}, fail: fail}
	options := []Option{Seed(uint64(c.pick(4)))}
	if c.pick(8) == 0 {
		options = append(options, Record())
	}
	x.net = NewNetwork(options...)
	l := Limits{NofileSoft: 12, NofileHard: 12, FileMax: 60, Somaxconn: 4, PortLow: 40000, PortHigh: 40000 + c.pick(12), TimeWait: time.Second}
	if c.pick(2) == 0 {
		l.Rmem, l.Wmem, l.MSS = 2304, 4608, 88+c.pick(600)
	}
	if c.pick(2) == 0 {
		l.RxRing, l.RxBudget, l.RxUsecs = 1+c.pick(4), 1+c.pick(3), -1
	}
	if c.pick(4) == 0 {
		l.Costs, l.Queues = KernelCosts, 1+c.pick(2)
	}
	wire := LinkOptions{Delay: time.Duration(c.pick(3)) * 100 * time.Microsecond, Rate: int64(c.pick(3)) * 10_000_000}
	if c.pick(2) == 0 {
		wire.Queue = 1 + c.pick(4)
	}
	if c.pick(3) == 0 {
		wire.Loss, wire.Duplicate, wire.Corrupt, wire.SwitchFlip = float64(c.pick(30))/100, 0.1, 0.02, 0.02
		wire.Reorder, wire.ReorderDelay, wire.Jitter = 0.2, time.Duration(1+c.pick(3))*time.Millisecond, time.Millisecond
	}
	for _, name := range []string{"a", "b"} {
		x.hosts = append(x.hosts, x.net.NewHost(name, l))
	}
	x.net.NewLink(x.hosts[0], x.hosts[1], wire)
	for _, h := range x.hosts {
		h.nics[0].offloads = Offloads(c.pick(16))
	}
	x.dirty = c.pick(4) == 0
	for i := range 4 {
		x.procs = append(x.procs, x.hosts[i%2].NewProcess("p"))
	}
	if err := x.net.Err(); err != nil {
		x.fail("the stage cannot be built: %v", err)
	}
	return x
}

func (c *chaos) addr() SockAddr {
	a := []SockAddr{Any(0), c.hosts[0].Addr(0), c.hosts[1].Addr(0), Addr("127.0.0.1:0"), Addr("127.0.0.2:0"), {Family: 10}, Addr("10.9.9.9:0"), {}}[c.pick(8)]
	if a.Family != AF_UNSPEC || c.pick(2) == 0 {
		a.Port = []uint16{0, 80, 80, 80, 81, 40000, 40001, 40003}[c.pick(8)]
	}
	return a
}

// step makes one random call.
func (c *chaos) step() {
	p := c.procs[c.pick(len(c.procs))]
	fd := c.pick(13) - 1
	for range c.pick(4) { // rather one that is open
		if p.fds.get(fd) == 0 {
			fd = c.pick(13)
		}
	}
	switch what := c.pick(48); {
	case what == 47:
		c.forge()
	case what >= 45:
		if l, err := p.ListenOn(Any([]uint16{80, 80, 81, 40001}[c.pick(4)]), c.pick(6)-1); err == nil {
			c.flow[p.sock(l)] = &flow{}
			if c.pick(3) > 0 {
				p.sock(l).flags |= flagNonblock
			}
		}
	case what >= 40:
		if d, err := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0); err == nil {
			c.flow[p.sock(d)] = &flow{}
			p.Connect(d, c.hosts[c.pick(2)].Addr([]uint16{80, 80, 80, 81}[c.pick(4)]))
		}
	case what < 5:
		typ := SOCK_STREAM | []int{0, SOCK_NONBLOCK, SOCK_NONBLOCK}[c.pick(3)]
		if fd, err := p.Socket(AF_INET, typ, 0); err == nil {
			c.flow[p.sock(fd)] = &flow{}
		}
	case what < 8:
		p.Bind(fd, c.addr())
	case what < 10:
		p.Listen(fd, c.pick(4)-1)
	case what < 15:
		if nfd, _, err := p.Accept4(fd, []int{0, SOCK_NONBLOCK, 1}[c.pick(3)]); err == nil {
			c.flow[p.sock(nfd)] = &flow{}
		}
	case what < 20:
		c.connect(p, fd)
	case what < 24:
		c.read(p, fd, 1+c.pick(3000))
	case what < 29:
		c.write(p, fd, c.pick(6000))
	case what < 32:
		p.Close(fd)
	case what == 32:
		p.Getsockname(fd)
		p.Getpeername(fd)
		p.Setrlimit(c.pick(13), 12)
		p.Getrlimit()
		c.look(p)
	case what == 33:
		c.sleeper(p, fd)
	case what == 34:
		c.rare(p)
	default:
		c.net.RunFor([]time.Duration{0, 1, 50_000, 200_000, 1_000_000, 30_000_000, 1_000_000_000, 5_000_000_000}[c.pick(8)])
	}
}

func (c *chaos) connect(p *Process, fd int) {
	f := c.of(p, fd)
	if f.asleep > 0 {
		return // a thread in the middle of a call: see sleeper
	}
	a := c.addr()
	var before State
	if !p.ended && p.fds.get(fd)&fdKind == kindSock {
		before = p.state(fd)
	}
	err := p.Connect(fd, a)
	if before == Closed && (err == nil || errors.Is(err, EINPROGRESS)) || a.Family == AF_UNSPEC && err == nil {
		f.written, f.read = 0, 0
	}
}

func (c *chaos) read(p *Process, fd, n int) {
	f := c.of(p, fd)
	buf := make([]byte, n)
	got, _ := p.Read(fd, buf)
	for _, b := range buf[:got] {
		if b != byteAt(f.read) && !c.dirty {
			c.fail("byte %d read from descriptor %d of %v is %d, but %d was written", f.read, fd, p, b, byteAt(f.read))
			return
		}
		f.read++
	}
}

func (c *chaos) write(p *Process, fd, n int) {
	f := c.of(p, fd)
	if f.asleep > 0 {
		return
	}
	data := make([]byte, n)
	for i := range data {
		data[i] = byteAt(f.written + i)
	}
	got, _ := p.Write(fd, data)
	f.written += got
}

// sleeper lets a thread of the process make a call that may sleep for long. At
// most one of a socket, and nothing that begins a stream anew meanwhile, or the
// bytes could not be told apart.
func (c *chaos) sleeper(p *Process, fd int) {
	which, n := c.pick(3), c.pick(9000)
	f := c.of(p, fd)
	if !p.ended && p.fds.get(fd)&fdKind == kindSock && p.state(fd) == Listen {
		which, f = 0, &flow{} // of a listener's sleepers there may be many
	}
	if f.asleep > 0 || p.ended {
		return
	}
	f.asleep++
	p.host.Spawn("thread", func(*Process) {
		defer func() { f.asleep-- }()
		switch which {
		case 0:
			if nfd, _, err := p.Accept4(fd, SOCK_NONBLOCK); err == nil {
				c.flow[p.sock(nfd)] = &flow{}
			}
		case 1:
			if g := c.of(p, fd); g == f { // else the number names another socket by now
				c.read(p, fd, n+1)
			}
		case 2:
			if g := c.of(p, fd); g == f {
				f.asleep--
				c.write(p, fd, n)
				f.asleep++
			}
		}
	})
}

// look prints everything there is to look at. It must not panic, whatever is
// under way.
func (c *chaos) look(p *Process) {
	text := p.host.Sockets().String() + p.host.Sockstat().String() + p.host.Stats().String() + p.Descriptors().String()
	if t := c.net.Tape(); t != nil {
		text += t.String() + t.Strace(p) + t.Tcpdump(p.host) + t.Journey(0).String()
		t.AcceptQueue(p.host, 80).Most()
	}
	if len(text) == 0 || p.Open() < p.Descriptors().Len() {
		c.fail("there is nothing to see of %v", p)
	}
}

// forge sends a segment that nobody's TCP has made, near the numbers of some
// connection or of none.
func (c *chaos) forge() {
	to := c.hosts[c.pick(2)]
	from := c.hosts[0]
	if from == to {
		from = c.hosts[1]
	}
	if !c.dirty {
		return
	}
	src, dst := from.Addr([]uint16{80, 40000, 40001, 9}[c.pick(4)]), to.Addr([]uint16{80, 81, 40000}[c.pick(3)])
	g := wire.TCP{Flags: wire.Flags(c.pick(64)), Seq: uint32(c.pick(3)) << 30, Ack: uint32(c.pick(3)) << 30, Window: uint16(c.pick(3000))}
	nth := c.pick(8)
	to.socks.each(func(_ uint32, s *sock) {
		if nth--; s.flags&flagHashed != 0 && nth > -4 && s.raddr == src.ip4() {
			src, dst = to.remote(s), to.local(s)
			g.Seq, g.Ack = uint32(s.rcvNxt), uint32(to.nxt(s))
		}
	})
	to.requests.each(func(_ uint32, q *request) {
		if q.lport != 0 && q.raddr == src.ip4() && nth&1 == 0 {
			src, dst = to.remoteOf(q), to.localOf(q)
			g.Seq, g.Ack = uint32(q.irs+1), uint32(q.iss+1)
		}
	})
	g.Seq += uint32(c.pick(5)-2) * uint32(1+c.pick(300))
	g.Ack += uint32(c.pick(5)-2) * uint32(1+c.pick(300))
	g.SrcPort, g.DstPort = src.Port, dst.Port
	if c.pick(4) == 0 {
		g.Options = []byte{2, 4, byte(c.pick(256)), byte(c.pick(256)), 8, byte(c.pick(20)), 1, 0}[:4*(1+c.pick(2))]
	}
	payload := make([]byte, c.pick(3)*c.pick(200))
	frame := c.net.frames.alloc(wire.FrameLen4 + len(g.Options) + len(payload))
	from.emit(from.nics[0], frame, src.ip4(), dst.ip4(), 0, &g, payload)
}

// rare is what happens now and then.
func (c *chaos) rare(p *Process) {
	switch c.pick(6) {
	case 0: // a process ends, another begins
		for i, q := range c.procs {
			if q == p {
				p.Exit()
				c.procs[i] = p.host.NewProcess("p")
			}
		}
	case 1, 2: // a card goes deaf, or hears again
		n := p.host.nics[0]
		if n.head != n.tail {
			break // what is in the ring must fit
		}
		if n.limit == 0 {
			n.limit = p.host.limits.RxRing
		} else {
			n.limit = 0
		}
	case 3, 4: // a crowd
		if len(c.loads) < 4 {
			o := LoadOptions{Clients: 1 + c.pick(20), Window: c.pick(3), HoldFor: time.Duration(c.pick(2)) * time.Millisecond}
			if n := c.pick(3); n > 0 {
				o.Send = make([]byte, n*300)
				for i := range o.Send {
					o.Send[i] = byteAt(i)
				}
			}
			to := []SockAddr{c.hosts[0].Addr(80), c.hosts[1].Addr(80), Addr("127.0.0.1:80"), c.hosts[1].Addr(9)}[c.pick(4)]
			c.loads = append(c.loads, p.host.NewLoad(to, o))
		}
	case 5:
		for _, l := range c.loads {
			l.Close(c.pick(20))
		}
	}
}

// finish ends everything and says what is left.
func (c *chaos) finish() []string {
	for _, h := range c.hosts {
		h.nics[0].limit = h.limits.RxRing
	}
	for _, p := range c.procs {
		p.Exit()
	}
	for _, l := range c.loads {
		l.CloseAll()
	}
	if err := c.net.RunFor(time.Hour); err != nil {
		c.fail("the run to the end: %v", err)
	}
	for _, l := range c.loads {
		l.CloseAll()
	}
	if err := c.net.Run(); err != nil {
		c.fail("the run to the end: %v", err)
	}
	return append(auditWild(c.net), leaks(c.net)...)
}

// run plays a whole random program.
func (c *chaos) run() {
	defer c.net.Close()
	for n := 0; c.more(); n++ {
		c.step()
		if wrong := auditWild(c.net); len(wrong) > 0 {
			c.fail("after call %d: %v", n, wrong)
			return
		}
	}
	if wrong := c.finish(); len(wrong) > 0 {
		c.fail("at the end: %v", wrong)
	}
}

func TestRandomPrograms(t *testing.T) {
	seeds := 150
	if testing.Short() {
		seeds = 30
	}
	for seed := range uint64(seeds) {
		failed := false
		c := &seeded_{stream: sim.NewStream(seed, 1), left: 400}
		x := newChaos(c, func(format string, args ...any) {
			failed = true
			t.Errorf("seed %d: %s", seed, fmt.Sprintf(format, args...))
		})
		x.run()
		if failed {
			return
		}
	}
}

// bytesChooser takes its choices from a fuzzer's bytes.
type bytesChooser struct{ data []byte }

func (c *bytesChooser) pick(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	b := int(c.data[0])
	c.data = c.data[1:]
	if n > 256 && len(c.data) > 0 {
		b = b<<8 | int(c.data[0])
		c.data = c.data[1:]
	}
	return b % n
}

func (c *bytesChooser) more() bool { return len(c.data) > 0 }

// FuzzCalls lets a fuzzer choose the calls.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("a short one"))
	for seed := range uint64(4) {
		stream := sim.NewStream(seed, 2)
		data := make([]byte, 600)
		for i := range data {
			data[i] = byte(stream.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		newChaos(&bytesChooser{data}, t.Fatalf).run()
	})
}
