package capacity_test

import (
	"errors"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// Formula against experiment: one Limits value runs the simulated host and
// feeds the verdict. Clients connect until the host says no; how many it took,
// the call that failed and its errno must be the binding wall's.

// experiment is a server and its clients at the end of a link.
type experiment struct {
	t      *testing.T
	server *sockets.Process
	client *sockets.Host
	addrs  []sockets.SockAddr // of the server, each with a listener
	fds    []int              // listeners
	held   capacity.Count
	lastFD int // of the newest connection, in the server
}

func newExperiment(t *testing.T, server, client sockets.Limits, ports, reserve int) *experiment {
	t.Helper()
	n := sockets.NewNetwork(sockets.Seed(1))
	t.Cleanup(n.Close)
	e := &experiment{t: t, client: n.NewHost("client", client)}
	host := n.NewHost("server", server)
	n.NewLink(host, e.client, sockets.LAN)
	e.server = host.NewProcess("server")
	for range reserve {
		must(e.server.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0))
	}
	for i := range ports {
		addr := host.Addr(uint16(80 + i))
		fd := must(e.server.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0))
		for _, err := range []error{e.server.Bind(fd, addr), e.server.Listen(fd, 128)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		e.addrs, e.fds = append(e.addrs, addr), append(e.fds, fd)
	}
	return e
}

// fill connects and accepts from one client process until something fails.
// Each port is filled before the next; the last failure is the answer.
func (e *experiment) fill() error {
	client := e.client.NewProcess("client")
	var last error
	for i, addr := range e.addrs {
		for last = nil; last == nil; {
			if e.held > 10_000 {
				e.t.Fatal("no wall within 10,000 connections")
			}
			last = e.one(client, e.fds[i], addr)
		}
	}
	return last
}

func (e *experiment) one(client *sockets.Process, listener int, addr sockets.SockAddr) error {
	fd, err := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		e.t.Fatalf("the client's own descriptors ran out: %v", err)
	}
	if err := client.Connect(fd, addr); err != nil {
		return err
	}
	got, _, err := e.server.Accept4(listener, 0)
	if err != nil {
		return err
	}
	e.held, e.lastFD = e.held+1, got
	return nil
}

// wantBinding holds what happened against the verdict.
func (e *experiment) wantBinding(v capacity.Verdict, limit capacity.Resource, err error) {
	e.t.Helper()
	b := v.Binding()
	if b.Limit != limit || b.Allows != e.held {
		e.t.Errorf("the host held %v connections, the verdict says %v by %s (want %s)", e.held, b.Allows, b.Limit, limit)
	}
	var op *sockets.OpError
	var errno sockets.Errno
	if !errors.As(err, &op) || !errors.As(err, &errno) || op.Op != b.Call || errno.Name() != b.Errno {
		e.t.Errorf("the host answered %v, the verdict says %s at %s", err, b.Errno, b.Call)
	}
}

// many is a client with more descriptors than any of these experiments uses.
var many = sockets.Limits{NofileSoft: 100_000}

func TestSimulatedDescriptors(t *testing.T) {
	l := sockets.Limits{NofileSoft: 64, NofileHard: 64}
	w := capacity.Workload{ServerPorts: 2, Reserve: 5}
	e := newExperiment(t, l, many, 2, 5)
	err := e.fill()
	e.wantBinding(must(capacity.Of(l, w)), capacity.NofileSoft, err)
}

func TestSimulatedStockDescriptors(t *testing.T) {
	e := newExperiment(t, sockets.Limits{}, many, 1, 0)
	err := e.fill()
	if e.held != 1020 {
		t.Errorf("a stock host holds %v connections, want 1,020", e.held)
	}
	e.wantBinding(must(capacity.Of(sockets.Limits{}, capacity.Workload{})), capacity.NofileSoft, err)
	u := must(capacity.Workload{}.Descriptors(e.held))
	if capacity.Count(e.server.Open()) != u.Open() || capacity.Count(e.lastFD) != u.Last {
		t.Errorf("the table holds %d descriptors up to %d, computed %v up to %v", e.server.Open(), e.lastFD, u.Open(), u.Last)
	}
}

func TestSimulatedFilesOfTheHost(t *testing.T) {
	l := sockets.Limits{FileMax: 50}
	e := newExperiment(t, l, many, 1, 0)
	err := e.fill()
	e.wantBinding(must(capacity.Of(l, capacity.Workload{})), capacity.FileMax, err)
}

func TestSimulatedTuples(t *testing.T) {
	client := sockets.Limits{PortLow: 40000, PortHigh: 40019, NofileSoft: 100_000}
	w := capacity.Workload{Clients: []capacity.Clients{{Limits: client}}, ServerPorts: 3}
	e := newExperiment(t, sockets.Limits{}, client, 3, 0)
	err := e.fill()
	e.wantBinding(must(capacity.Of(sockets.Limits{}, w)), capacity.Tuples, err)
}

func TestSimulatedRaiseOfTheLimit(t *testing.T) {
	// The outer walls do not stop a connection but a setrlimit.
	l := sockets.Limits{NofileSoft: 8, NofileHard: 16}
	e := newExperiment(t, l, many, 1, 0)
	v := must(capacity.Of(l, capacity.Workload{}))
	hard, _ := v.Wall(capacity.NofileHard)
	if err := e.server.Setrlimit(16, 16); err != nil {
		t.Fatal(err)
	}
	err := e.server.Setrlimit(17, 17)
	var errno sockets.Errno
	if !errors.As(err, &errno) || errno.Name() != hard.Errno {
		t.Errorf("beyond the hard limit: %v, the verdict says %s", err, hard.Errno)
	}
	e.fill()
	if e.held != hard.Allows {
		t.Errorf("at the hard limit the host held %v connections, the wall allows %v", e.held, hard.Allows)
	}
}

// A port that the client closed is taken for as long again as TIME_WAIT lasts:
// so many pairs carry that many less at once, and ports / (lifetime +
// TIME_WAIT) new connections a second for ever (470 a second for a stock client
// and connections of no length).
func TestSimulatedRateOfAClient(t *testing.T) {
	for _, c := range []struct {
		life, timeWait time.Duration
		ports          int
	}{{time.Second, time.Second, 100}, {500 * time.Millisecond, 1500 * time.Millisecond, 200}, {3 * time.Second, time.Second, 120}} {
		client := sockets.Limits{PortLow: 40000, PortHigh: 40000 + c.ports - 1, TimeWait: c.timeWait}
		n := sockets.NewNetwork(sockets.Seed(1))
		server, crowd := n.NewHost("server", sockets.Limits{}), n.NewHost("crowd", client)
		n.NewLink(server, crowd, sockets.LAN)
		server.Spawn("web", func(p *sockets.Process) {
			door := must(p.ListenOn(sockets.Any(80), 4096))
			for {
				fd, _, err := p.Accept4(door, 0)
				if err != nil {
					return
				}
				p.Go(func() { // it closes when the client has
					p.Read(fd, make([]byte, 1))
					p.Close(fd)
				})
			}
		})
		n.RunFor(time.Millisecond)
		const rate, seconds = 5000, 40 // many more attempts than can succeed
		load := crowd.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: rate * seconds, Rate: rate, HoldFor: c.life})
		if err := n.RunFor(seconds * time.Second); err != nil {
			t.Fatal(err)
		}
		h := capacity.Host{}
		h.Limits.TimeWait = c.timeWait
		w := capacity.Workload{Clients: []capacity.Clients{{Limits: client}}, Lifetime: c.life}
		wall, _ := must(capacity.Plan(h, w)).Wall(capacity.Tuples)
		held := float64(load.Result().Connected) / seconds * c.life.Seconds() // Little's law
		if ratio := held / float64(wall.Allows); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%v of life, %v of TIME_WAIT: %.1f were held on average, the model says %v = %s", c.life, c.timeWait, held, wall.Allows, wall.Sum)
		}
		n.Close()
	}
}
