package sockets

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

const million = 1_000_000

// server is a program with one epoll, as a real server has: it accepts, and
// answers what it reads with the same bytes. With once it closes then.
type server struct {
	port     uint16
	once     bool
	accepted int
	answered int
	closed   int
}

func (s *server) run(p *Process) {
	if err := s.serve(p); err != nil {
		panic(err)
	}
}

func (s *server) serve(p *Process) error {
	l, err := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
	if err == nil {
		err = p.Bind(l, Any(s.port))
	}
	if err == nil {
		err = p.Listen(l, 4096)
	}
	if err != nil {
		return err
	}
	ep, err := p.EpollCreate1(0)
	if err == nil {
		err = p.EpollCtl(ep, EPOLL_CTL_ADD, l, &EpollEvent{EPOLLIN, uint64(l)})
	}
	var buf [2048]byte
	for err == nil {
		var events []EpollEvent
		events, err = p.EpollWait(ep, 512, forever)
		for _, e := range events {
			if fd := int(e.Data); fd == l {
				err = s.accept(p, ep, l)
			} else {
				err = s.answer(p, fd, buf[:])
			}
			if err != nil {
				return err
			}
		}
	}
	return err
}

func (s *server) accept(p *Process, ep, l int) error {
	for {
		fd, _, err := p.Accept4(l, SOCK_NONBLOCK)
		if errors.Is(err, EAGAIN) {
			return nil
		}
		if err == nil {
			s.accepted++
			err = p.EpollCtl(ep, EPOLL_CTL_ADD, fd, &EpollEvent{EPOLLIN, uint64(fd)})
		}
		if err != nil {
			return err
		}
	}
}

func (s *server) answer(p *Process, fd int, buf []byte) error {
	n, err := p.Read(fd, buf)
	if err != nil || n == 0 {
		s.closed++
		return p.Close(fd)
	}
	if _, err = p.Write(fd, buf[:n]); err != nil {
		return err
	}
	if s.answered++; s.once {
		s.closed++
		return p.Close(fd)
	}
	return nil
}

// BenchmarkEcho is a round trip of 64 bytes on a random one of a million held
// connections: a client's write, the server's epoll_wait, read and write, and
// the client's read. Under way at a time is
// one, or 64, or 512, on as many connections.
func BenchmarkEcho(b *testing.B) {
	s := server{port: 80}
	c := crowdWith(million, func(_ *crowd, p *Process) { s.run(p) })
	defer c.lab.Close()
	if err := c.hold(million, &s.accepted); err != nil {
		b.Fatal(err)
	}
	for _, at := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("1M/%d", at), func(b *testing.B) {
			const echoes = 256_000
			trips := 0
			start := time.Now()
			for b.Loop() {
				for range echoes / at {
					if err := c.echoes(at); err != nil {
						b.Fatal(err)
					}
				}
				trips += echoes
			}
			b.ReportMetric(float64(trips)/time.Since(start).Seconds(), "echoes/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// hold opens n connections at a server that counts what it has accepted.
func (c *crowd) hold(n int, accepted *int) error {
	c.lab.RunFor(time.Millisecond)
	c.load = c.client.NewLoad(c.server.Addr(80), LoadOptions{Clients: n, Window: 1000})
	err := c.lab.RunUntil(func() bool { return *accepted == n })
	if *accepted != n {
		return fmt.Errorf("%d accepted, crowd %+v (%v)", *accepted, c.load.Result(), err)
	}
	return c.lab.RunFor(time.Millisecond)
}

// echoes lets some random clients send 64 bytes each, and waits until all of it
// has come back.
func (c *crowd) echoes(at int) error {
	var msg [64]byte
	for j := range msg {
		msg[j] = byte(c.echoed) + byte(j)
	}
	want := c.load.result.BytesReceived
	for range at {
		k := c.random.IntN(len(c.load.socks))
		if n := c.load.Send(k, msg[:]); n != len(msg) {
			return fmt.Errorf("client %d could send %d bytes", k, n)
		}
		want += int64(len(msg))
	}
	c.echoed += int64(at)
	c.lab.RunUntil(func() bool { return c.load.result.BytesReceived >= want })
	if c.load.result.BytesReceived != want {
		return fmt.Errorf("%d bytes have come back, want %d", c.load.result.BytesReceived, want)
	}
	return nil
}

// BenchmarkChurn is a steady state with a million others idle: connections of
// a second crowd open, send 64 bytes, get them back, and are closed by the
// server, which remembers them in TIME_WAIT. The crowd's addresses have some
// 225,000 pairs with the server, and those were all used before the clock
// starts: each new connection then takes the place of one in TIME_WAIT.
func BenchmarkChurn(b *testing.B) {
	c := newCrowd(million)
	defer c.lab.Close()
	if err := c.open(million); err != nil {
		b.Fatal(err)
	}
	s := server{port: 8080, once: true}
	c.server.Spawn("web", s.run)
	visitors := c.lab.NewHost("visitors", Limits{})
	if err := visitors.AddAddrs("10.2.0.1", 7); err != nil {
		b.Fatal(err)
	}
	c.lab.NewLink(visitors, c.server, LAN)
	c.lab.RunFor(time.Millisecond)
	churn := func(n int) {
		before := s.closed
		load := visitors.NewLoad(c.server.Addr(8080), LoadOptions{Clients: n, Window: 200, Send: make([]byte, 64)})
		c.lab.RunUntil(func() bool { return load.result.BytesReceived == 64*int64(n) && load.result.Open == 0 })
		if r := load.Result(); r.Connected != n || s.closed-before != n || r.BytesReceived != 64*int64(n) {
			b.Fatalf("%d connections, the server closed %d: %+v", n, s.closed-before, r)
		}
	}
	const each = 300_000
	churn(each)
	n := 0
	start := time.Now()
	for b.Loop() {
		churn(each)
		n += each
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "connections/s")
	b.ReportMetric(float64(c.server.Sockstat().TimeWait), "TIME_WAIT")
	b.ReportMetric(0, "ns/op")
	if r := c.load.Result(); r.Open != million {
		b.Fatalf("the others were to stay: %+v", r)
	}
}

// BenchmarkEvents counts the simulator's events while connections open, with
// all that their handlers do: as fast as the server answers, when an interrupt
// stands for many frames and an event for much work, and one every 20 µs, when
// each frame has events of its own.
func BenchmarkEvents(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
		o    LoadOptions
	}{{"together", million, LoadOptions{Window: 1000}}, {"apart", 200_000, LoadOptions{Within: 200_000 * 20 * time.Microsecond}}} {
		b.Run(c.name, func(b *testing.B) {
			events := uint64(0)
			var took time.Duration
			for b.Loop() {
				c.o.Clients = c.n
				lab := newCrowd(c.n)
				lab.lab.RunFor(time.Millisecond)
				before, start := lab.lab.Events(), time.Now()
				lab.client.NewLoad(lab.server.Addr(80), c.o)
				err := lab.lab.RunUntil(func() bool { return lab.accepted == c.n })
				if took += time.Since(start); lab.accepted != c.n {
					b.Fatalf("%d accepted (%v)", lab.accepted, err)
				}
				events += lab.lab.Events() - before
				lab.lab.Close()
			}
			b.ReportMetric(float64(events)/took.Seconds(), "events/s")
			b.ReportMetric(float64(events)/float64(c.n)/float64(b.N), "events/connection")
			b.ReportMetric(0, "ns/op")
		})
	}
}
