package sockets

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// The clock of a benchmark of this file runs over what its name says and
// nothing else; building the hosts before and looking at them after is not
// counted. Run them with
//
//	go test ./sockets -run '^$' -bench 'Hold|NetPipe' -benchtime 1x

// crowd is one server with a program that accepts, and a client host with
// addresses enough for n connections.
type crowd struct {
	lab            *Network
	server, client *Host
	program        *Process
	load           *Load
	accepted       int
	started, ended time.Time // wall clock: the first SYN, the last accept4
}

// portsEach is how many connections one client address opens here: less than
// half of its 28,232 ports, as a client that is not at its limit does.
const portsEach = 8000

func newCrowd(n int) *crowd {
	c := &crowd{lab: NewNetwork(Seed(1))}
	c.server = c.lab.NewHost("server", Limits{RAM: 1 << 40, NofileSoft: n + 16, NofileHard: n + 16, NrOpen: max(n+16, 1<<20), FileMax: int64(n) + 16})
	c.client = c.lab.NewHost("client", Limits{})
	if err := c.client.AddAddrs("10.1.0.1", n/portsEach+1); err != nil {
		panic(err)
	}
	c.lab.NewLink(c.client, c.server, LAN)
	c.program = c.server.Spawn("server", func(p *Process) {
		l, _ := p.Socket(AF_INET, SOCK_STREAM, 0)
		if err := p.Bind(l, Any(80)); err != nil {
			panic(err)
		}
		p.Listen(l, 4096)
		for c.accepted < n {
			if _, _, err := p.Accept4(l, 0); err != nil {
				panic(err)
			}
			c.accepted++
		}
		c.ended = time.Now()
		p.Sleep(maxTime) // and holds them
	})
	return c
}

// open opens n connections and holds them.
func (c *crowd) open(n int) error {
	c.lab.RunFor(time.Millisecond) // the server listens
	c.load = c.client.NewLoad(c.server.Addr(80), LoadOptions{Clients: n, Window: 1000})
	c.started = time.Now()
	err := c.lab.RunUntil(func() bool { return c.accepted == n })
	if r := c.load.Result(); r.Open != n || c.accepted != n || c.program.Open() != n+4 {
		return fmt.Errorf("%d accepted, crowd %+v, %d descriptors (%v)", c.accepted, r, c.program.Open(), err)
	}
	return err
}

// echo lets random clients of the held ones send 64 bytes, the server read
// and write them back, and the client's receive queue have them.
func (c *crowd) echo(n int) error {
	random := c.lab.sim.Stream(99)
	var msg, got [64]byte
	held := len(c.load.socks)
	for i := range n {
		for j := range msg {
			msg[j] = byte(random.Uint32())
		}
		k := random.IntN(held)
		before := c.load.result.BytesReceived
		if c.load.Send(k, msg[:]) != len(msg) {
			return fmt.Errorf("echo %d: client %d could not send", i, k)
		}
		s := c.client.socks.at(c.load.socks[k])
		// The server finds the descriptor by the peer's address, which is the
		// client socket's own: both ends are told apart by the same tuple.
		ref := c.server.lookup(s.raddr, s.laddr, s.rport, s.lport)
		fd := c.fdOf(ref)
		if n, err := c.program.Read(fd, got[:]); n != len(msg) || err != nil || got != msg {
			return fmt.Errorf("echo %d: the server read %d bytes, %v", i, n, err)
		}
		if n, err := c.program.Write(fd, got[:]); n != len(msg) || err != nil {
			return fmt.Errorf("echo %d: the server wrote %d bytes, %v", i, n, err)
		}
		c.lab.RunUntil(func() bool { return c.load.result.BytesReceived == before+int64(len(msg)) })
		if c.load.result.BytesReceived != before+int64(len(msg)) {
			return fmt.Errorf("echo %d: client %d got no answer", i, k)
		}
	}
	return nil
}

// fdOf is the descriptor of a server socket. Sockets and descriptors are both
// given out lowest first here, so it is near; the search is for the rest.
func (c *crowd) fdOf(ref uint32) int {
	want := kindSock | fdEntry(ref)
	files := c.program.fds.files
	for d := 0; d < len(files); d++ {
		for _, fd := range [2]int{int(ref) + 2 - d, int(ref) + 2 + d} {
			if fd >= 0 && fd < len(files) && files[fd] == want {
				return fd
			}
		}
	}
	return -1
}

// resident is the process's resident memory in bytes, after the collector has
// given back what it can; 0 where the system does not tell.
func resident() int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int64
	fmt.Sscan(string(text), &size, &pages)
	return pages * int64(os.Getpagesize())
}

func BenchmarkHold(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(c.name, func(b *testing.B) { benchmarkHold(b, c.n) })
	}
}

func benchmarkHold(b *testing.B, n int) {
	var took time.Duration
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		before := resident()
		c := newCrowd(n)
		b.StartTimer()
		if err := c.open(n); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		took += c.ended.Sub(c.started)
		bytes += resident() - before
		if err := c.echo(10_000); err != nil {
			b.Fatal(err)
		}
		c.lab.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/took.Seconds(), "handshakes/s")
	b.ReportMetric(float64(bytes)/float64(n)/float64(b.N), "B/connection")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkNetPipe is the anchor: connections of net.Pipe, which simulate
// nothing, made by one goroutine, accepted by another, held.
func BenchmarkNetPipe(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(c.name, func(b *testing.B) { benchmarkNetPipe(b, c.n) })
	}
}

func benchmarkNetPipe(b *testing.B, n int) {
	var took time.Duration
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		before := resident()
		clients, servers := make([]net.Conn, 0, n), make([]net.Conn, 0, n)
		queue, done := make(chan net.Conn, 1000), make(chan struct{})
		b.StartTimer()
		start := time.Now()
		go func() {
			for c := range queue {
				servers = append(servers, c)
			}
			close(done)
		}()
		for range n {
			here, there := net.Pipe()
			clients = append(clients, here)
			queue <- there
		}
		close(queue)
		<-done
		took += time.Since(start)
		b.StopTimer()
		bytes += resident() - before
		runtime.KeepAlive(clients)
		runtime.KeepAlive(servers)
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/took.Seconds(), "connections/s")
	b.ReportMetric(float64(bytes)/float64(n)/float64(b.N), "B/connection")
	b.ReportMetric(0, "ns/op")
}
