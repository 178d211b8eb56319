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
	"socketbook/sockets/wire"
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

// talk reads a conversation off a tape: what each host sent, when it reached
// the other one's ring, or what dropped it.
func talk(tape *sockets.Tape, client, server string) charts.Talk {
	out := charts.Talk{Left: client, Right: server}
	type packet struct {
		flow     wire.FiveTuple
		seq, ack uint32
		flags    wire.Flags
		len      int
	}
	under := map[packet][]int{} // way, by what it is
	isn := map[wire.FiveTuple]uint32{}
	for _, e := range tape.Events() {
		k := packet{e.Flow, e.Seq, e.Ack, e.Flags, e.Len}
		first := func() int {
			if u := under[k]; len(u) > 0 {
				return u[0]
			}
			return -1
		}
		at := time.Duration(e.At)
		switch e.Station {
		case sockets.StationTx:
			if _, ok := isn[e.Flow]; !ok {
				isn[e.Flow] = e.Seq
			}
			what := fmt.Sprintf("%s seq %d", flags(e.Flags), e.Seq-isn[e.Flow])
			if back, ok := isn[e.Flow.Reverse()]; ok {
				what += fmt.Sprintf(" ack %d", e.Ack-back)
			}
			if e.Len > 0 {
				what += fmt.Sprintf(" len %d", e.Len)
			}
			under[k] = append(under[k], len(out.Said))
			out.Said = append(out.Said, charts.Segment{FromLeft: e.Host == client, Sent: at, What: what, Lost: "still under way"})
		case sockets.StationDMA:
			if i := first(); i >= 0 {
				out.Said[i].Arrived, out.Said[i].Lost, under[k] = at, "", under[k][1:]
			}
		case sockets.StationDrop:
			if i := first(); i >= 0 {
				out.Said[i].Lost, under[k] = e.Text, under[k][1:]
			}
		case sockets.StationState:
			if to := strings.SplitN(e.Text, " -> ", 2); len(to) == 2 && e.Flow.DstPort != 0 {
				state, _, _ := strings.Cut(to[1], " ")
				out.Asides = append(out.Asides, charts.Aside{Left: e.Host == client, At: at, Text: state})
			}
		}
	}
	return out
}

// flags spells them out.
func flags(f wire.Flags) string {
	var out []string
	for _, x := range []struct {
		bit  wire.Flags
		name string
	}{{wire.SYN, "SYN"}, {wire.FIN, "FIN"}, {wire.RST, "RST"}, {wire.PSH, "PSH"}, {wire.ACK, "ACK"}} {
		if f&x.bit != 0 && (x.bit != wire.ACK || out == nil || out[0] == "SYN") {
			out = append(out, x.name)
		}
	}
	return strings.Join(out, " ")
}

// way reads the states of a host's end off a tape.
func way(tape *sockets.Tape, host string) charts.Way {
	w := charts.Way{Label: host}
	for _, e := range tape.Events() {
		from, to, ok := strings.Cut(e.Text, " -> ")
		if e.Station != sockets.StationState || e.Host != host || !ok {
			continue
		}
		state, why, _ := strings.Cut(to, " (")
		// A half-open connection is told of when it is a whole one.
		if n := len(w.Steps); n == 0 || w.Steps[n-1].State != from {
			w.Steps = append(w.Steps, charts.Step{State: from, At: time.Duration(e.At)})
		}
		w.Steps = append(w.Steps, charts.Step{State: state, At: time.Duration(e.At), Why: strings.TrimSuffix(why, ")")})
	}
	return w
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
	draws(t, charts.Ladder(talk(lab.Tape(), "client", "server")), "lost")
	draws(t, charts.States(way(lab.Tape(), "client"), way(lab.Tape(), "server")), "ESTABLISHED")
}
