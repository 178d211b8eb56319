package sockets

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
)

// What ten million connections cost, and one round trip among a million. All
// of it, on an idle machine with 8 GiB, in two minutes:
//
//	go test ./sockets -run '^$' -bench 'Hold|NetPipe|Echo|Churn|SS|Close|Events|RoundTrip|Bulk' -benchtime 1x
//
//	BenchmarkHold       opens n connections and holds them      handshakes/s, B/connection
//	BenchmarkNetPipe    the same with net.Pipe, for comparison  connections/s, B/connection
//	BenchmarkEcho       64 B there and back, at random          echoes/s
//	BenchmarkChurn      open, ask, answer, close, others idle   connections/s
//	BenchmarkSS         ss by state and port                    s/ss
//	BenchmarkClose      closes all, waits out TIME_WAIT         s/close, MB-left
//	BenchmarkEvents     events while connections open           events/s
//	BenchmarkRoundTrip  64 B there and back on one connection   trips/s
//	BenchmarkBulk       one connection at its best              MB/s
//
// The clock of a benchmark runs over what its name says and nothing else;
// building the hosts before and looking at them after is not counted. Memory is
// the process's own, resident: B/connection is what holding them takes, and
// peak-MB the most the whole process ever had.

// crowd is one server with a program that accepts, and a client host with
// addresses enough for n connections.
type crowd struct {
	lab            *Network
	server, client *Host
	program        *Process
	load           *Load
	accepted       int
	random         *sim.Stream
	echoed         int64
	started, ended time.Time // wall clock: the first SYN, the last accept4
}

// portsEach is how many connections one client address opens here: less than
// half of its 28,232 ports, as a client that is not at its limit does.
const portsEach = 8000

// newCrowd has a server that accepts n connections, and holds them.
func newCrowd(n int) *crowd {
	return crowdWith(n, func(c *crowd, p *Process) {
		l, err := p.ListenOn(Any(80), 4096)
		for c.accepted < n && err == nil {
			if _, _, err = p.Accept4(l, 0); err == nil {
				c.accepted++
			}
		}
		if err != nil {
			panic(err)
		}
		c.ended = time.Now()
		p.Sleep(maxTime)
	})
}

func crowdWith(n int, program func(c *crowd, p *Process)) *crowd {
	c := &crowd{lab: NewNetwork(Seed(1))}
	most := n + 1<<16
	c.server = c.lab.NewHost("server", Limits{RAM: 1 << 40, NofileSoft: most, NofileHard: most, NrOpen: max(most, 1<<20), FileMax: int64(most)})
	c.client = c.lab.NewHost("client", Limits{})
	if err := c.client.AddAddrs("10.1.0.1", n/portsEach+1); err != nil {
		panic(err)
	}
	c.random = c.lab.sim.Stream(99)
	c.lab.NewLink(c.client, c.server, LAN)
	c.program = c.server.Spawn("server", func(p *Process) { program(c, p) })
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
	var msg, got [64]byte
	held := len(c.load.socks)
	for i := range n {
		for j := range msg {
			msg[j] = byte(c.random.Uint32())
		}
		k := c.random.IntN(held)
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

// peak is the most memory the process has had resident since resetPeak, in
// bytes; 0 where the system does not tell.
func peak() int64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, found := strings.Cut(string(text), "VmHWM:")
	if !found {
		return 0
	}
	var kB int64
	fmt.Sscan(rest, &kB)
	return kB << 10
}

// resetPeak begins anew; it reports whether the system can (proc(5),
// /proc/pid/clear_refs).
func resetPeak() bool {
	debug.FreeOSMemory()
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
}

func BenchmarkHold(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"100k", 100_000}, {"1M", 1_000_000}, {"10M", 10_000_000}} {
		b.Run(c.name, func(b *testing.B) { benchmarkHold(b, c.n) })
	}
}

func benchmarkHold(b *testing.B, n int) {
	var took time.Duration
	var bytes, most int64
	for b.Loop() {
		b.StopTimer()
		resetPeak()
		before := resident()
		c := newCrowd(n)
		b.StartTimer()
		if err := c.open(n); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		took += c.ended.Sub(c.started)
		most = max(most, peak())
		bytes += resident() - before
		if err := c.echo(10_000); err != nil {
			b.Fatal(err)
		}
		c.lab.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/took.Seconds(), "handshakes/s")
	b.ReportMetric(float64(bytes)/float64(n)/float64(b.N), "B/connection")
	b.ReportMetric(float64(most)/1e6, "peak-MB")
	b.ReportMetric(took.Seconds()/float64(b.N), "s/hold")
	b.ReportMetric(0, "ns/op")
}
