package queueing_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"socketbook/capacity/queueing"
	"socketbook/sockets"
)

// Theory against the simulated kernel: clients come by chance to a listener,
// workers accept, take their time and close. A crowd looked at for less than a
// second has no repeated SYNs: who found the queue full counts as lost.

// kernelRun is one seed of a queue: 950 ms of arrivals. It returns the share
// of clients whose SYN was dropped and the mean wait before accept4.
func kernelRun(t *testing.T, q queueing.Queue, fixed bool, seed uint64) (lost float64) {
	t.Helper()
	n := sockets.NewNetwork(sockets.Seed(seed))
	defer n.Close()
	// A wire and a wake-up of no length: the theory has none either.
	quick := sockets.Limits{WakeupLatency: 1, RxUsecs: -1, SynRetries: 1}
	server, client := n.NewHost("server", quick), n.NewHost("client", quick)
	n.NewLink(server, client, sockets.LinkOptions{Delay: 1})
	var door int
	main := server.NewProcess("main")
	door, err := main.ListenOn(sockets.Any(80), q.Backlog)
	if err != nil {
		t.Fatal(err)
	}
	for i := range max(1, q.Workers) {
		worker, err := main.Fork("worker")
		if err != nil {
			t.Fatal(err)
		}
		chance := rand.New(rand.NewPCG(seed, uint64(i)))
		worker.Run(func(p *sockets.Process) {
			for {
				fd, _, err := p.Accept4(door, 0)
				if err != nil {
					return
				}
				service := 1e9 / q.Service
				if !fixed {
					service *= chance.ExpFloat64()
				}
				p.Sleep(time.Duration(service))
				p.Close(fd)
			}
		})
	}
	load := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 10_000_000, Rate: q.Arrivals})
	if err := n.RunFor(950 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	s := server.Stats()
	return float64(s.ListenDrops) / float64(load.Result().Started)
}

// The kernel's losses over seeds, with the interval in which their mean is
// known (four standard errors), must hold the theory's. What is left over is
// half a per cent for the start with an empty queue.
func TestSimulatedKernelAgrees(t *testing.T) {
	const seeds, start = 30, 0.005
	for _, c := range []struct {
		name   string
		q      queueing.Queue
		fixed  bool
		theory func(queueing.Queue) (queueing.Answer, error)
	}{
		{"M/M/1/K, load 1, backlog 8", queueing.Queue{Arrivals: 4000, Service: 4000, Backlog: 8}, false, queueing.Markov},
		{"M/M/1/K, load 1.5, backlog 3", queueing.Queue{Arrivals: 6000, Service: 4000, Backlog: 3}, false, queueing.Markov},
		{"M/M/1/K, load 0.7, backlog 0", queueing.Queue{Arrivals: 2800, Service: 4000}, false, queueing.Markov},
		{"M/D/1/K, load 1, backlog 4", queueing.Queue{Arrivals: 4000, Service: 4000, Backlog: 4}, true, queueing.Fixed},
		{"M/D/1/K, load 1.3, backlog 1", queueing.Queue{Arrivals: 5200, Service: 4000, Backlog: 1}, true, queueing.Fixed},
		{"M/M/4/K, workers and backlog", queueing.Queue{Arrivals: 4400, Service: 1000, Workers: 4, Backlog: 5}, false, queueing.Markov},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lost []float64
			for seed := range uint64(seeds) {
				lost = append(lost, kernelRun(t, c.q, c.fixed, seed))
			}
			mean, sd := stat.MeanStdDev(lost, nil)
			want := must(c.theory(c.q)).Lost
			within := 4*stat.StdErr(sd, seeds) + start
			t.Logf("kernel %.4f ± %.4f, theory %.4f", mean, within, want)
			if math.Abs(mean-want) > within {
				t.Errorf("the kernel lost %.4f ± %.4f of its clients, the theory says %.4f", mean, within, want)
			}
			// The test can tell: with half the backlog the theory is outside.
			if c.q.Backlog /= 2; c.q.Backlog > 0 {
				if off := must(c.theory(c.q)).Lost; math.Abs(mean-off) <= within {
					t.Errorf("%d seeds cannot tell %.4f from %.4f, of half the backlog", seeds, want, off)
				}
			}
		})
	}
}

// Workers plus backlog: with every worker busy and nobody done, the clients
// that are connected are the workers', the queue's, and one.
func TestSimulatedWorkersPlusBacklog(t *testing.T) {
	for workers := range 4 {
		for backlog := range 4 {
			n := sockets.NewNetwork(sockets.Seed(1))
			server, client := n.NewHost("server", sockets.Limits{}), n.NewHost("client", sockets.Limits{})
			n.NewLink(server, client, sockets.LAN)
			main := server.NewProcess("main")
			door := must(main.ListenOn(sockets.Any(80), backlog))
			for range workers {
				must(main.Fork("worker")).Run(func(p *sockets.Process) {
					must2(p.Accept4(door, 0))
					p.Sleep(time.Hour)
				})
			}
			load := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 50, Within: 10 * time.Millisecond})
			if err := n.RunFor(900 * time.Millisecond); err != nil {
				t.Fatal(err)
			}
			q := queueing.Queue{Workers: workers, Backlog: backlog}
			want := workers + backlog + 1
			if workers > 0 && want != q.Places() {
				t.Errorf("Places says %d, want %d", q.Places(), want)
			}
			if got := load.Result().Connected; got != want {
				t.Errorf("%d workers and backlog %d: %d are connected, want %d", workers, backlog, got, want)
			}
			n.Close()
		}
	}
}

func must2(a int, _ sockets.SockAddr, err error) int { return must(a, err) }

// Nearer than a round trip the SYN queue is full first, and cookies make every
// client believe that it is connected.
func TestSimulatedRushOfOneInstant(t *testing.T) {
	n := sockets.NewNetwork(sockets.Seed(1))
	defer n.Close()
	server, client := n.NewHost("server", sockets.Limits{}), n.NewHost("client", sockets.Limits{})
	n.NewLink(server, client, sockets.LAN)
	must(server.NewProcess("web").ListenOn(sockets.Any(80), 9))
	load := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 100})
	if err := n.RunFor(time.Second / 2); err != nil {
		t.Fatal(err)
	}
	queued := server.Sockets().In(sockets.Listen)[0].RecvQ
	if got := load.Result().Connected; got != 100 || queued != 10 || server.Stats().SyncookiesSent != 90 {
		t.Errorf("%d clients believe to be connected, %d are, %d cookies", got, queued, server.Stats().SyncookiesSent)
	}
}

// A rush wave by wave: who finds the queue full comes again when its SYN is
// repeated.
func TestSimulatedRush(t *testing.T) {
	for _, c := range []struct {
		clients int64
		backlog int
		rate    float64 // of the server, exact
	}{{1000, 99, 50}, {500, 15, 20}, {64, 127, 10}, {300, 49, 0}} {
		waves := must(queueing.Rush(c.clients, c.backlog, c.rate))
		n := sockets.NewNetwork(sockets.Seed(3))
		server, client := n.NewHost("server", sockets.Limits{WakeupLatency: 1, RxUsecs: -1}), n.NewHost("client", sockets.Limits{RxUsecs: -1})
		n.NewLink(server, client, sockets.LinkOptions{Delay: 1})
		server.Spawn("web", func(p *sockets.Process) {
			door := must(p.ListenOn(sockets.Any(80), c.backlog))
			for c.rate > 0 {
				p.Sleep(time.Duration(1e9 / c.rate))
				fd := must2(p.Accept4(door, 0))
				p.Close(fd)
			}
			p.Sleep(time.Hour)
		})
		n.RunFor(time.Millisecond)
		load := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: int(c.clients), Within: 5 * time.Millisecond})
		total := int64(0)
		for i, w := range waves {
			until := w.At + 500*time.Millisecond // between this wave and the next
			if err := n.RunFor(until - (time.Duration(n.Now()) - time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			total += w.Admitted
			if got := int64(load.Result().Connected); math.Abs(float64(got-total)) > float64(i+1) {
				t.Errorf("%d clients, backlog %d, %v/s: after %v %d are connected, want %d", c.clients, c.backlog, c.rate, w.At, got, total)
			}
		}
		n.Close()
	}
}
