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
	}
}
