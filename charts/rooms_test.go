package charts_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/capacity/chance"
	"socketbook/capacity/published"
	"socketbook/charts"
	"socketbook/sockets"
)

// What the other rooms offer is what the pictures take. Neither side imports
// the other, so the compiler is asked here.
var (
	_ charts.XYer         = capacity.Curve{}
	_ charts.Named        = capacity.Curve{}
	_ charts.Marked       = capacity.Curve{}
	_ charts.Binding      = capacity.Curve{}
	_ charts.Stops        = sockets.Journey{}
	_ charts.FDTable      = sockets.DescriptorTable{}
	_ charts.QueueSamples = sockets.QueueSeries{}
	_ charts.Named        = sockets.QueueSeries{}
	_ charts.Segments     = sockets.Talk{}
	_ charts.Noted        = sockets.Talk{}
	_ charts.StatePath    = sockets.Way{}
	_ charts.Named        = sockets.Way{}
)

// TestRooms draws the theory of a stock host as it comes.
func TestRooms(t *testing.T) {
	for _, c := range []struct {
		name  string
		curve func(sockets.Limits, capacity.Workload, capacity.Span) (capacity.Curve, error)
		draw  func(...charts.XYer) *charts.Chart
	}{
		{"ulimit -n", capacity.AgainstNofile, charts.AgainstNofile},
		{"clients", capacity.AgainstClients, charts.AgainstAddresses},
		{"bytes", capacity.AgainstBytes, charts.AgainstSocketMemory},
	} {
		curve, err := c.curve(sockets.Limits{}, capacity.Workload{}, capacity.Span{})
		if err != nil {
			t.Fatal(err)
		}
		chart := c.draw(curve)
		if chart.Err() != nil {
			t.Errorf("%s: %v", c.name, chart.Err())
		} else if _, err := chart.HTML(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// draws asks a chart for its picture and its words.
func draws(t *testing.T, c *charts.Chart, says ...string) {
	t.Helper()
	if c.Err() != nil {
		t.Fatal(c.Err())
	}
	if _, err := c.HTML(); err != nil {
		t.Fatal(err)
	}
	for _, s := range says {
		if !strings.Contains(c.Text(), s) {
			t.Errorf("it does not say %q:\n%s", s, c.Text())
		}
	}
	t.Log(c.Title())
}

// TestUncertainRooms: an answer with its uncertainty is a distribution and a
// tornado.
func TestUncertainRooms(t *testing.T) {
	host := capacity.Host{Limits: sockets.Limits{NofileSoft: 1 << 20, NofileHard: 1 << 20}}
	r, err := chance.Ask(host, capacity.Workload{}, chance.Options{Seed: 1},
		chance.AppBytes(chance.LogNormal(8_000, 40_000)), chance.Unread(chance.Triangle(0, 500, 20_000)))
	if err != nil {
		t.Fatal(err)
	}
	o := charts.Outcomes{Sorted: r.Sorted}
	for _, s := range r.Binds {
		o.Limits = append(o.Limits, charts.Wall{Limit: string(s.Limit), Binds: s.Probability})
	}
	draws(t, charts.Outcome(o), string(r.Binds[0].Limit), "P50")
	swings := charts.Swings{Middle: float64(r.P50)}
	for _, e := range r.Effects {
		swings.Inputs = append(swings.Inputs, charts.Swing{Name: e.Input, Low: "P5", High: "P95", AtLow: float64(e.Low), AtHigh: float64(e.High)})
	}
	draws(t, charts.Tornado(swings), r.Effects[0].Input)
}

// TestPublishedRooms: the table of published results is a picture as it is,
// and agrees with the table about what was a hit.
func TestPublishedRooms(t *testing.T) {
	rows, err := published.Check()
	if err != nil {
		t.Fatal(err)
	}
	var p charts.Published
	hits := 0
	for _, r := range rows {
		p.Cases = append(p.Cases, charts.Report{Who: r.Name + ": " + r.What, P5: r.Low, P50: math.Sqrt(r.Low * r.High), P95: r.High,
			Reported: r.Reported, Unit: r.Unit, Kind: string(r.Kind)})
		if r.Hit() {
			hits++
		}
	}
	draws(t, charts.AgainstPublished(p), fmt.Sprintf("%d of %d published results", hits, len(rows)))
}

// TestMapRoom: the walls of package capacity over two inputs are a map.
func TestMapRoom(t *testing.T) {
	g := charts.Grid{XLabel: "client addresses", YLabel: "ulimit -n (descriptors)"}
	for e := 0.0; e <= 4; e += 0.25 {
		g.Xs = append(g.Xs, math.Round(math.Pow(10, e)))
	}
	for e := 6.0; e <= 26; e++ {
		g.Ys = append(g.Ys, math.Exp2(e))
	}
	for _, y := range g.Ys {
		var who []string
		var n []float64
		for _, x := range g.Xs {
			l := sockets.Limits{NofileSoft: int(y), NofileHard: int(y), NrOpen: 1 << 26, FileMax: 1 << 40, RAM: 16 << 30}
			v, err := capacity.Of(l, capacity.Workload{Clients: []capacity.Clients{{Addrs: int64(x)}}})
			if err != nil {
				t.Fatal(err)
			}
			who, n = append(who, string(v.Binding().Limit)), append(n, float64(v.Connections()))
		}
		g.Limit, g.Connections = append(g.Limit, who), append(g.Connections, n)
	}
	draws(t, charts.LimitMap(g), "Which limit binds")
}

// TestTapeRooms: any tape is a ladder, and a diagram with the way taken.
func TestTapeRooms(t *testing.T) {
	lab := sockets.NewNetwork(sockets.Seed(6), sockets.Record())
	server := lab.NewHost("server", sockets.Limits{})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LinkOptions{Delay: 10 * time.Millisecond, Rate: 10_000_000, Loss: 0.2})
	server.Spawn("server", func(p *sockets.Process) {
		l, _ := p.ListenOn(sockets.Any(80), 10)
		fd, _, err := p.Accept4(l, 0)
		if err != nil {
			return
		}
		n, _ := p.Read(fd, make([]byte, 600))
		p.Write(fd, make([]byte, n))
		p.Close(fd)
	})
	client.Spawn("client", func(p *sockets.Process) {
		fd, err := p.Dial(server.Addr(80))
		if err != nil {
			return
		}
		p.Write(fd, make([]byte, 600))
		p.Read(fd, make([]byte, 600))
		p.Read(fd, make([]byte, 1))
		p.Close(fd)
	})
	if err := lab.RunFor(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	draws(t, charts.Ladder(lab.Tape().Talk(client, server)), "lost")
	draws(t, charts.States(lab.Tape().Way(client), lab.Tape().Way(server)), "ESTABLISHED")
}
