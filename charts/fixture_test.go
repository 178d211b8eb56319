package charts

import (
	"fmt"
	"math"
	"time"
)

// The running example as data: what capacity and sockets would hand over.

// bound is a curve that knows its binding limit.
type bound struct {
	Points
	who []string
}

func (b bound) Binding(i int) string { return b.who[i] }

// nofileCurve is one process with 16 GiB: descriptors less 0–2 and the
// listener, or memory at 3,829 B a socket, whichever is less.
func nofileCurve() bound {
	var b bound
	ram := math.Floor(16 * (1 << 30) / 3829.0)
	for e := 4.0; e <= 23; e += 0.25 {
		x := math.Round(math.Exp2(e))
		y, who := x-4, "descriptors"
		if ram < y {
			y, who = ram, "RAM"
		}
		b.At = append(b.At, Point{x, y})
		b.who = append(b.who, who)
	}
	return b
}

// addressCurve is a number of ports for each client address.
func addressCurve(name string, ports float64) Points {
	p := Points{Label: name}
	for _, n := range []float64{1, 2, 5, 10, 20, 50, 100} {
		p.At = append(p.At, Point{n, n * ports})
	}
	return p
}

// memoryCurve is 16 GiB shared by sockets of 1 KB to 100 KB.
func memoryCurve() Points {
	p := Points{Label: "16 GiB"}
	for e := 3.0; e < 5.01; e += 0.05 {
		x := math.Round(math.Pow(10, e))
		p.At = append(p.At, Point{x, 16 * (1 << 30) / x})
	}
	return p
}

// journeyPath is a frame of 118 bytes with 64 of payload.
func journeyPath() Path {
	us := func(f float64) time.Duration { return time.Duration(f * float64(time.Microsecond)) }
	return Path{
		{"rx ring", us(100), 118, "NIC"},
		{"interrupt", us(116), 0, ""},
		{"driver poll", us(116.4), 0, ""},
		{"IP", us(116.4), 0, ""},
		{"TCP", us(116.4), 0, ""},
		{"lookup", us(116.4), 0, ""},
		{"receive queue", us(116.4), 0, ""},
		{"wake-up", us(116.4), 0, ""},
		{"read copy", us(118.4), 64, "CPU"},
	}
}

// serverTable is a server with n clients under the default limit.
func serverTable(n int) Table {
	t := Table{Soft: 1024, Open: []FD{
		{0, "terminal", "stdin"}, {1, "terminal", "stdout"}, {2, "terminal", "stderr"}, {3, "listener", "0.0.0.0:80"}}}
	for i := range n {
		t.Open = append(t.Open, FD{4 + i, "connection", fmt.Sprintf("10.0.0.1:80 ← 10.0.1.7:%d", 32768+i)})
	}
	return t
}

// backlogSamples is 50 clients in one millisecond on a backlog of 5.
func backlogSamples() Samples {
	s := Samples{Points: Points{Label: "accept queue of :80"}, Most: 6}
	add := func(ms, y float64) { s.At = append(s.At, Point{ms / 1000, y}) }
	add(0, 0)
	for i := 1; i <= 6; i++ {
		add(0.1+0.02*float64(i), float64(i))
	}
	for i := 7; i <= 50; i++ {
		at := time.Duration(100+20*i) * time.Microsecond
		s.Refused = append(s.Refused, Dropped{at, 1, "ListenOverflows"})
	}
	for i := range 6 {
		add(2+float64(i)*0.5, float64(5-i))
	}
	add(6, 0)
	return s
}

// memoryBand is the same with what else needs memory: less is left at P5, more
// at P95.
func memoryBand() Range {
	r := Range{Points: memoryCurve()}
	for i, p := range r.At {
		r.At[i].Y = math.Floor(p.Y * 0.8)
		r.Lo, r.Hi = append(r.Lo, math.Floor(p.Y*0.45)), append(r.Hi, math.Floor(p.Y))
	}
	return r
}

// limitGrid is ulimit -n against client addresses on 16 GiB.
func limitGrid() Grid {
	g := Grid{XLabel: "client addresses", YLabel: "ulimit -n (descriptors)", Here: []Place{{10, 1024, "a stock host, 10 clients"}}}
	for e := 0.0; e <= 4.001; e += 0.125 {
		g.Xs = append(g.Xs, math.Pow(10, e))
	}
	for e := 2.0; e <= 8.001; e += 0.05 {
		g.Ys = append(g.Ys, math.Pow(10, e))
	}
	ram := math.Floor(16 * (1 << 30) / 3829.0)
	for _, y := range g.Ys {
		var who []string
		var n []float64
		for _, x := range g.Xs {
			limit, most := "descriptors", y-4
			if t := x * 28232; t < most {
				limit, most = "five-tuples", t
			}
			if ram < most {
				limit, most = "RAM", ram
			}
			who, n = append(who, limit), append(n, most)
		}
		g.Limit, g.Connections = append(g.Limit, who), append(g.Connections, n)
	}
	return g
}

// outcomes is 2,000 draws, evenly spread over a log-normal memory, with a wall
// of descriptors at 1,048,572.
func outcomes() Outcomes {
	var o Outcomes
	for i := range 2000 {
		p := (float64(i) + 0.5) / 2000
		o.Sorted = append(o.Sorted, min(1_048_572, math.Floor(700_000*math.Pow(p/(1-p), 0.45))))
	}
	o.Limits = Walls{{Limit: "RAM", Binds: 0.71}, {Limit: "descriptors", Binds: 0.29}}
	return o
}

// burstTalk is five segments that leave at one instant, over a wire that takes a
// millisecond for each, and loses the second; their ACKs leave and arrive together.
func burstTalk() Talk {
	const ms = time.Millisecond
	t := Talk{Left: "client", Right: "server"}
	for i := range time.Duration(5) {
		s := Segment{FromLeft: true, Arrived: (10 + i) * ms, What: fmt.Sprintf("seq %d len 1448", 1+1448*i)}
		if i == 1 {
			s.Arrived, s.Lost = 0, "lost on the wire"
		}
		t.Said = append(t.Said, s)
	}
	for range 4 {
		t.Said = append(t.Said, Segment{Sent: 15 * ms, Arrived: 25 * ms, What: "ACK 1449"})
	}
	t.Said = append(t.Said, Segment{FromLeft: true, Sent: 26 * ms, Arrived: 36 * ms, What: "seq 1449 len 1448"})
	return t
}

// lossyTalk is a whole connection over a link of 10 ms; the first data segment
// is lost and sent again when the timer runs out.
func lossyTalk() Talk {
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	t := Talk{Left: "client 10.0.0.2:32768", Right: "server 10.0.0.1:80"}
	say := func(left bool, at float64, what, lost string) {
		s := Segment{FromLeft: left, Sent: ms(at), What: what, Lost: lost}
		if lost == "" {
			s.Arrived = ms(at + 10)
		}
		t.Said = append(t.Said, s)
	}
	note := func(left bool, at float64, text string) { t.Asides = append(t.Asides, Aside{left, ms(at), text}) }
	note(true, 0, "SYN-SENT")
	say(true, 0, "SYN seq 0", "")
	note(false, 10, "SYN-RECV")
	say(false, 10, "SYN ACK seq 0 ack 1", "")
	note(true, 20, "ESTAB")
	say(true, 20, "ACK 1", "")
	say(true, 20.1, "PSH seq 1 len 64", "link loss")
	note(false, 30, "ESTAB")
	say(true, 230.1, "PSH seq 1 len 64", "")
	say(false, 240.1, "ACK 65", "")
	say(true, 251, "FIN seq 65", "")
	note(true, 251, "FIN-WAIT-1")
	say(false, 261, "ACK 66", "")
	note(false, 261, "CLOSE-WAIT")
	note(true, 271, "FIN-WAIT-2")
	say(false, 262, "FIN seq 1 ack 66", "")
	note(false, 262, "LAST-ACK")
	say(true, 272, "ACK 2", "")
	note(true, 272, "TIME-WAIT")
	note(false, 282, "CLOSED")
	return t
}

func clientWay() Way {
	ms := time.Millisecond
	return Way{"client", []Step{{"CLOSED", 0, ""}, {"SYN-SENT", 0, "connect sends SYN"}, {"ESTAB", 20 * ms, "SYN ACK arrives"},
		{"FIN-WAIT-1", 251 * ms, "close sends FIN"}, {"FIN-WAIT-2", 271 * ms, "its ACK arrives"}, {"TIME-WAIT", 272 * ms, "the server’s FIN arrives"},
		{"CLOSED", 60272 * ms, "60 s have passed"}}}
}

func serverWay() Way {
	ms := time.Millisecond
	return Way{"server", []Step{{"LISTEN", 0, ""}, {"SYN_RECV", 10 * ms, "SYN arrives"}, {"ESTABLISHED", 30 * ms, "ACK arrives"},
		{"CLOSE_WAIT", 261 * ms, "FIN arrives"}, {"LAST_ACK", 262 * ms, "close sends FIN"}, {"CLOSED", 282 * ms, "its ACK arrives"}}}
}

// aMillion is a million sockets of which one in 37 has unread data, the more the
// younger it is.
type aMillion struct{}

func (aMillion) Len() int                      { return 1_000_000 }
func (aMillion) Quantity() (what, unit string) { return "unread data", "B" }
func (aMillion) Value(i int) float64 {
	if i%37 != 5 || i%5000 < 1100 {
		return 0
	}
	return float64(200 + i/700 + i*7919%3001)
}

// lossyWindow is slow start to 32 segments, a loss noticed by duplicate ACKs,
// congestion avoidance, and a timeout.
func lossyWindow() Windows {
	var w Windows
	add := func(ms, y, limit float64) {
		w.At, w.Thresholds = append(w.At, Point{ms / 1000, y}), append(w.Thresholds, limit)
	}
	ms := 0.0
	for y := 10.0; y < 40; y, ms = y*1.4, ms+20 {
		add(ms, math.Floor(y), 0)
	}
	w.Noticed = append(w.Noticed, Lost{time.Duration(ms) * time.Millisecond, "3 duplicate ACKs"})
	for y := 19.0; y < 30; y, ms = y+1, ms+20 {
		add(ms, y, 19)
	}
	w.Noticed = append(w.Noticed, Lost{time.Duration(ms) * time.Millisecond, "timeout"})
	y := 1.0
	for ; y < 15; y, ms = y*2, ms+20 {
		add(ms, y, 15)
	}
	for y = 15; y < 22; y, ms = y+1, ms+20 {
		add(ms, y, 15)
	}
	return w
}

// lossyTransfer is 40 segments over 10 ms each way, of which one is lost, and
// sent again when three duplicate ACKs have told.
func lossyTransfer() Sent {
	var s Sent
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	const mss = 1460
	at := 0.0
	for i := range 40 {
		g := Send{ms(at), int64(i) * mss, mss, ""}
		if i == 12 {
			g.Lost = "link loss"
		}
		s.Segments = append(s.Segments, g)
		up := int64(i+1) * mss
		if i >= 12 && i < 22 {
			up = 12 * mss
		}
		s.Acked = append(s.Acked, Acked{ms(at + 20), up})
		at += 1.2
		if i%10 == 9 {
			at += 10
		}
		if i == 21 {
			s.Segments = append(s.Segments, Send{ms(at), 12 * mss, mss, ""})
			at += 1.2
		}
	}
	return s
}

// synSamples is the SYN queue of the same burst.
func synSamples() Samples {
	s := Samples{Points: Points{Label: "SYN queue of :80"}, Most: 8}
	for i := range 9 {
		s.At = append(s.At, Point{float64(i) * 0.0001, float64(i)})
	}
	for i := range 8 {
		s.At = append(s.At, Point{0.002 + float64(i)*0.0004, float64(7 - i)})
	}
	s.Refused = []Dropped{{At: 900 * time.Microsecond, N: 3, Counter: "TCPReqQFullDrop"}}
	return s
}

// sensitivity is a host of 16 GiB, each input from its P5 to its P95.
func sensitivity() Swings {
	return Swings{Middle: 2_280_000, Inputs: []Swing{
		{"kernel memory per socket", "3.0 KB", "6.2 KB", 2_440_000, 1_690_000},
		{"application memory per connection", "1 KB", "19.4 KB", 3_560_000, 739_000},
		{"unread bytes per connection", "0 B", "4 KB", 2_280_000, 1_540_000},
		{"client addresses", "64", "10,000", 1_806_848, 2_280_000},
		{"connections opened per second", "100", "20,000", 2_280_000, 2_280_000},
	}}
}

// uncertainWalls is the same host: what 10,000 draws say.
func uncertainWalls() Walls {
	return Walls{
		{"descriptors (fs.nr_open)", 1_048_572, 1_048_572, 1_048_572, 0.17},
		{"RAM", 690_000, 2_280_000, 3_900_000, 0.12},
		{"tcp_mem", 96_000, 610_000, 7_800_000, 0.71},
		{"five-tuples (10,000 clients)", 282_320_000, 282_320_000, 282_320_000, 0},
		{"conntrack", 262_144_000_000, 262_144_000_000, 262_144_000_000, 0},
	}
}

// publishedResults is three hits, one miss on either side.
func publishedResults() Published {
	return Published{Cases: []Report{
		{Who: "WhatsApp, 2012 (FreeBSD, 96 GB)", P5: 1_900_000, P50: 3_100_000, P95: 5_200_000, Reported: 2_277_845},
		{Who: "Phoenix, 2015 (128 GB)", P5: 1_700_000, P50: 2_600_000, P95: 4_400_000, Reported: 2_000_000},
		{Who: "MigratoryData, 2013 (96 GB)", P5: 9_000_000, P50: 11_500_000, P95: 14_000_000, Reported: 12_000_000},
		{Who: "Jayway, 2015 (Node, 15 GB)", P5: 700_000, P50: 900_000, P95: 1_200_000, Reported: 620_000},
		{Who: "caustik, 2012 (Node, 15 GB)", P5: 310_000, P50: 520_000, P95: 830_000, Reported: 1_000_000},
	}}
}

// mixedResults is reports of several units and kinds.
func mixedResults() Published {
	return Published{Label: "numbers", Cases: []Report{
		{"WhatsApp, 2012: connections", 1_900_000, 3_100_000, 5_200_000, 2_277_845, "", "measured"},
		{"dsander, 2016: memory a connection", 14.1, 21.2, 33, 27.8, "KB", "at most"},
		{"Jayway, 2015: memory a connection", 26, 31, 40, 24.2, "KB", "at most"},
		{"MigratoryData, 2013: connections", 9_000_000, 11_500_000, 14_000_000, 12_000_000, "", "at least"},
		{"HAProxy, 2017: memory a connection", 60, 75, 90, 20.2, "KB", "measured"},
	}}
}

// idleSocket is the kernel memory of an idle server socket on Linux 6.18.
func idleSocket() Whole {
	return Whole{Label: "an idle server socket", Of: []Part{
		{"tcp_sock", 2521}, {"socket and inode", 862}, {"file", 195}, {"dentry", 195}, {"security (LSM)", 56}}}
}

// fixtures are all pictures of the running example, by the name of their
// golden files.
func fixtures() map[string]*Chart {
	return map[string]*Chart{
		"nofile":       AgainstNofile(nofileCurve()),
		"addresses":    AgainstAddresses(addressCurve("28,232 ports (Linux default)", 28232), addressCurve("64,512 ports (1024–65535)", 64512)),
		"memory":       AgainstSocketMemory(memoryCurve()),
		"journey":      Journey(journeyPath()),
		"descriptors":  Descriptors(serverTable(1000)),
		"descriptors5": Descriptors(serverTable(1)),
		"queue":        Queue(backlogSamples()),
		"tuples":       TupleSpace(Tuples(1), Tuples(10), Tuples(1000)),
		"memoryband":   AgainstSocketMemory(memoryBand()),
		"limitmap":     LimitMap(limitGrid()),
		"outcome":      Outcome(outcomes()),
		"ladder":       Ladder(lossyTalk()),
		"burst":        Ladder(burstTalk()),
		"states":       States(clientWay(), serverWay()),
		"states1":      States(Way{Steps: clientWay().Steps[:3]}),
		"heat":         HeatMap(aMillion{}),
		"heatsmall":    HeatMap(Sockets{What: "queued connections", Values: []float64{0, 3, 0, 5, 1}}),
		"window":       Window(lossyWindow()),
		"sequence":     Sequence(lossyTransfer()),
		"queues":       Queue(synSamples(), backlogSamples()),
		"tornado":      Tornado(sensitivity()),
		"odds":         Odds(uncertainWalls()),
		"published":    AgainstPublished(publishedResults()),
		"mixed":        AgainstPublished(mixedResults()),
		"onesocket":    OneSocket(idleSocket()),
	}
}
