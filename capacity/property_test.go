package capacity_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// Theory meets experiment: hosts drawn at random, every limit somewhere
// between twenty and some thousands of connections. The model names the limit
// that binds, the number and the errno; then clients come to a simulated host
// with the same Limits until it says no.

// machine is one random host, its clients, and the program it runs.
type machine struct {
	host    capacity.Host
	work    capacity.Workload
	clients sockets.Limits
}

// draw makes a machine. Its limits are independent of each other, so that any
// of them may be the lowest.
func draw(r *rand.Rand) machine {
	some := func() int { return int(math.Exp(math.Log(30) + r.Float64()*math.Log(100))) } // 30 to 3,000
	even := func() int { return some() &^ 1 }                                             // connect() may overlook a port of an odd range
	few := func() int { return 1 + r.IntN(3) }
	m := machine{work: capacity.Workload{
		Processes: few(), ServerPorts: 1, Listeners: 1, Reserve: r.IntN(5),
		Raises: r.IntN(2) == 0, Epoll: r.IntN(2) == 0}}
	m.work.ServerPorts = m.work.Processes // a port each
	if r.IntN(2) == 0 {
		m.work.Backends, m.work.OwnAddrs = few(), 1
	}
	l := &m.host.Limits
	l.NofileSoft = some()
	l.NofileHard = l.NofileSoft + some()*r.IntN(3)
	if m.work.Raises && r.IntN(2) == 0 {
		l.NofileSoft, l.NofileHard = 20, some()
	}
	l.NrOpen = max(64, l.NofileHard+some()*r.IntN(2))
	l.FileMax = int64(some() * few())
	m.host.EpollWatches = int64(some() * few())
	l.PortLow = 10000 + r.IntN(40000)
	l.PortHigh = l.PortLow + even() - 1
	m.clients = sockets.Limits{PortLow: 10000 + r.IntN(40000)}
	m.clients.PortHigh = m.clients.PortLow + even() - 1
	m.work.Clients = []capacity.Clients{{Addrs: int64(few()), Limits: m.clients}}
	return m
}

// run drives one process on each port to its wall with so many clients, and
// reports how many connections the host holds and what the last call said.
func (m machine) run(t *testing.T, crowdSize int) (held capacity.Count, server *sockets.Process, last error) {
	t.Helper()
	n := sockets.NewNetwork(sockets.Seed(1))
	t.Cleanup(n.Close)
	host, crowd := n.NewHost("server", m.host.Limits), n.NewHost("crowd", m.clients)
	if err := host.SetSysctl("fs.epoll.max_user_watches", strconv.FormatInt(m.host.EpollWatches, 10)); err != nil {
		t.Fatal(err)
	}
	back := n.NewHost("backend", sockets.Limits{Somaxconn: 1 << 20})
	n.NewLink(host, crowd, sockets.LAN)
	n.NewLink(host, back, sockets.LAN)
	if more := int(m.work.Clients[0].Addrs) - 1; more > 0 {
		if err := crowd.AddAddrs("10.9.0.1", more); err != nil {
			t.Fatal(err)
		}
	}
	shop := back.NewProcess("shop")
	for i := range m.work.Backends {
		must(shop.ListenOn(sockets.Any(uint16(9000+i)), 1<<20)) // it need not accept
	}
	stopped := 0
	var loads []*sockets.Load
	for i := range m.work.Processes {
		server = host.Spawn("web", func(p *sockets.Process) {
			last = m.serve(p, uint16(80+i), back, &held)
			stopped++
			p.Sleep(time.Hour) // it keeps what it has
		})
		loads = append(loads, nil)
	}
	n.RunFor(time.Millisecond)
	for i := range loads {
		loads[i] = crowd.NewLoad(host.Addr(uint16(80+i)), sockets.LoadOptions{Clients: crowdSize, Window: 16})
	}
	// The crowd's next attempts fail at once where it has no port left, so a
	// few of them are enough; what hangs in a queue hangs for a second.
	if err := n.RunUntil(func() bool { return stopped == len(loads) || allDone(loads, crowdSize) }); err != nil {
		t.Fatal(err)
	}
	n.RunFor(100 * time.Millisecond) // what is on its way arrives
	if stopped == 0 {                // it was the clients who had no port left
		last = &sockets.OpError{Op: "connect", Err: sockets.EADDRNOTAVAIL}
	}
	return held, server, last
}

// allDone is whether every client has come.
func allDone(loads []*sockets.Load, crowdSize int) bool {
	for _, l := range loads {
		if r := l.Result(); r.Started < crowdSize {
			return false
		}
	}
	return true
}

// serve is the program: it accepts, watches, and connects onwards, until a
// call fails. It counts the connections that it could serve in full.
func (m machine) serve(p *sockets.Process, port uint16, back *sockets.Host, held *capacity.Count) error {
	if m.work.Raises {
		_, hard, _ := p.Getrlimit()
		if err := p.Setrlimit(hard, hard); err != nil {
			return err
		}
	}
	door, err := p.ListenOn(sockets.Any(port), 4096)
	if err != nil {
		return err
	}
	for range m.work.Reserve {
		if _, err := p.OpenNull(); err != nil {
			return err
		}
	}
	poll := -1
	if m.work.Epoll {
		if poll, err = p.EpollCreate1(0); err != nil {
			return err
		}
	}
	watch := func(fd int) error {
		if poll < 0 {
			return nil
		}
		return p.EpollCtl(poll, sockets.EPOLL_CTL_ADD, fd, &sockets.EpollEvent{Events: sockets.EPOLLIN})
	}
	for k := 0; ; k++ {
		fd, _, err := p.Accept4(door, 0)
		if err == nil {
			err = watch(fd)
		}
		if err == nil && m.work.Backends > 0 {
			err = m.onwards(p, k, watch, back)
		}
		if err != nil {
			return err
		}
		*held++
	}
}

// onwards connects to the next backend in turn.
func (m machine) onwards(p *sockets.Process, k int, watch func(int) error, back *sockets.Host) error {
	fd, err := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	for try := range m.work.Backends {
		err = p.Connect(fd, back.Addr(uint16(9000+(k+try)%m.work.Backends)))
		if !errors.Is(err, sockets.EADDRNOTAVAIL) {
			break
		}
	}
	if err != nil {
		return err
	}
	return watch(fd)
}

func TestRandomHostsHitTheWallTheModelNamed(t *testing.T) {
	binds := map[capacity.Resource]int{}
	const draws = 500
	for seed := range uint64(draws) {
		m := draw(rand.New(rand.NewPCG(seed, 8)))
		v, err := capacity.Plan(m.host, m.work)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		b := v.Binding()
		if b.Allows > 20_000 || b.Allows == 0 || v.Walls[1].Allows < b.Allows+12 && v.Walls[1].Limit != capacity.NrOpen {
			continue // two walls at one place: which is first is anybody's guess
		}
		held, server, last := m.run(t, int(b.Allows)+200)
		var errno sockets.Errno
		if !errors.As(last, &errno) || errno.Name() != b.Errno {
			t.Errorf("seed %d: the host says %v, the model %s at %s (%s)", seed, last, b.Errno, b.Call, b.Limit)
			continue
		}
		// Where processes share a limit of the host, each of them may have begun
		// a connection of several things that it could not finish.
		slack := capacity.Count(0)
		if m.work.Processes > 1 && m.work.Backends > 0 && (b.Limit == capacity.FileMax || b.Limit == capacity.EpollWatches) {
			slack = capacity.Count(m.work.Processes)
		}
		if held > b.Allows || held < b.Allows-slack {
			t.Errorf("seed %d: the host held %v, the model says %v by %s: %s", seed, held, b.Allows, b.Limit, b.Sum)
		}
		binds[b.Limit]++
		m.outer(t, b, server, binds)
	}
	t.Log(binds)
	for _, limit := range []capacity.Resource{capacity.NofileSoft, capacity.NofileHard, capacity.NrOpen, capacity.FileMax,
		capacity.EpollWatches, capacity.Tuples, capacity.OwnTuples} {
		if binds[limit] < 20 {
			t.Errorf("%s bound %d times of %d, want 20", limit, binds[limit], draws)
		}
	}
}

// outer goes on where a process is at its hard limit: to raise that is
// refused, by the kernel's own ceiling where it stands at the same place.
func (m machine) outer(t *testing.T, b capacity.Wall, server *sockets.Process, binds map[capacity.Resource]int) {
	if b.Limit != capacity.NofileHard {
		return
	}
	l := m.host.Limits
	if err := server.Setrlimit(l.NofileHard+1, l.NofileHard+1); !errors.Is(err, sockets.EPERM) {
		t.Errorf("beyond the hard limit of %d: %v", l.NofileHard, err)
	}
	if l.NrOpen == l.NofileHard {
		binds[capacity.NrOpen]++
	}
}

// The queues of a listener that nobody serves, and that all come to at once.
func TestRandomQueuesHitTheWallTheModelNamed(t *testing.T) {
	binds := map[capacity.Resource]int{}
	for seed := range uint64(240) {
		r := rand.New(rand.NewPCG(seed, 9))
		some := func() int { return int(math.Exp(math.Log(5) + r.Float64()*math.Log(100))) } // 5 to 500
		h := capacity.Host{Limits: sockets.Limits{Somaxconn: some()}, NoSynCookies: r.IntN(2) == 0, MaxSynBacklog: int64(some())}
		h.Limits.NofileSoft = 4096 // no descriptor is asked for: nobody accepts
		client := sockets.Limits{PortLow: 20000, RxUsecs: -1}
		client.PortHigh = client.PortLow + 2*some() - 1
		w := capacity.Workload{Backlog: some(), Rush: 1, AcceptRate: 1e-9, Clients: []capacity.Clients{{Limits: client}}}
		options := sockets.LoadOptions{Clients: 2000}
		if !h.NoSynCookies { // one after the other, so that only the accept queue fills
			options.Window = 1
		}
		b := must(capacity.Plan(h, w)).Binding()

		n := sockets.NewNetwork(sockets.Seed(seed))
		server, crowd := n.NewHost("server", h.Limits), n.NewHost("crowd", client)
		n.NewLink(server, crowd, sockets.LAN)
		if h.NoSynCookies {
			for key, v := range map[string]string{"net.ipv4.tcp_syncookies": "0", "net.ipv4.tcp_max_syn_backlog": strconv.FormatInt(h.MaxSynBacklog, 10)} {
				if err := server.SetSysctl(key, v); err != nil {
					t.Fatal(err)
				}
			}
		}
		must(server.NewProcess("web").ListenOn(sockets.Any(80), w.Backlog))
		load := crowd.NewLoad(server.Addr(80), options)
		if err := n.RunFor(900 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		s, result := server.Stats(), load.Result()
		if got := capacity.Count(result.Connected); got != b.Allows {
			t.Errorf("seed %d: %v are connected, the model says %v by %s: %s", seed, got, b.Allows, b.Limit, b.Sum)
		}
		seen := map[capacity.Resource]bool{
			capacity.AcceptQueue: s.ListenOverflows > 0,
			capacity.SynQueue:    s.ListenDrops > s.ListenOverflows,
			capacity.Tuples:      result.NoPort > 0 && s.ListenDrops == 0,
		}
		if !seen[b.Limit] {
			t.Errorf("seed %d: %s left no trace: %d overflows, %d drops, %d without port", seed, b.Limit, s.ListenOverflows, s.ListenDrops, result.NoPort)
		}
		binds[b.Limit]++
		n.Close()
	}
	t.Log(binds)
	for _, limit := range []capacity.Resource{capacity.AcceptQueue, capacity.SynQueue, capacity.Tuples} {
		if binds[limit] < 20 {
			t.Errorf("%s bound %d times, want 20", limit, binds[limit])
		}
	}
}
