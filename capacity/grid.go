package capacity

import "fmt"

// Axis is one input of a [Grid]: what it is, with its unit, the values it
// takes, rising, and where each goes.
type Axis struct {
	Label  string
	Values []float64
	Set    func(h *Host, w *Workload, value float64)
}

// Grid is which limit binds for every pair of two inputs' values, ready to be
// drawn as a map. Its methods are those that package charts looks for.
type Grid struct {
	x, y  Axis
	cells []Wall // by column, then row
}

// mostCells bounds a grid: half a minute of planning.
const mostCells = 1 << 20

// MapOf plans for every pair of values of two inputs, all else being equal.
func MapOf(h Host, w Workload, x, y Axis) (Grid, error) {
	for i, a := range []Axis{x, y} {
		name := "xy"[i : i+1]
		if a.Set == nil || len(a.Values) < 2 {
			return Grid{}, &InputError{name, a.Label, "an axis with a Set and two values or more"}
		}
		for i, v := range a.Values {
			if !(v > 0) || i > 0 && !(v > a.Values[i-1]) {
				return Grid{}, &InputError{fmt.Sprintf("%s.Values[%d]", name, i), v, "above 0, and rising"}
			}
		}
	}
	if n, ok := mul(int64(len(x.Values)), int64(len(y.Values))); !ok || n > mostCells {
		return Grid{}, &InputError{"x.Values × y.Values", Count(n), fmt.Sprintf("up to %d", mostCells)}
	}
	g := Grid{x: x, y: y}
	for _, xv := range x.Values {
		for _, yv := range y.Values {
			here, load := h, w
			x.Set(&here, &load, xv)
			y.Set(&here, &load, yv)
			v, err := Plan(here, load)
			if err != nil {
				return Grid{}, fmt.Errorf("%s %g, %s %g: %w", x.Label, xv, y.Label, yv, err)
			}
			g.cells = append(g.cells, v.Binding())
		}
	}
	return g, nil
}

// X is the input across.
func (g Grid) X() (label string, values []float64) { return g.x.Label, g.x.Values }

// Y is the input upwards.
func (g Grid) Y() (label string, values []float64) { return g.y.Label, g.y.Values }

// At is the limit that binds at a pair of values, by their numbers, and the
// connections it allows.
func (g Grid) At(x, y int) (limit string, connections float64) {
	w := g.cells[x*len(g.y.Values)+y]
	return string(w.Limit), float64(w.Allows)
}

// Parts is the memory of one connection, part by part, largest owner first:
// the program, then the kernel's objects. Its methods are those that package
// charts looks for.
type Parts struct {
	name  string
	parts []part
}

type part struct {
	name  string
	bytes Bytes
}

// PartsOf says what the memory of a connection is made of on this host. The
// parts add up to what the RAM wall divides by.
func PartsOf(h Host, w Workload) (Parts, error) {
	if _, err := w.KernelBytesOn(h); err != nil {
		return Parts{}, err
	}
	h, err := h.WithDefaults()
	if err != nil {
		return Parts{}, err
	}
	w = w.WithDefaults()
	p := Parts{name: "one connection, Linux " + h.Kernel}
	add := func(name string, b Bytes) {
		if b > 0 {
			p.parts = append(p.parts, part{name, b})
		}
	}
	ends := w.filesPerConn()
	add("application", w.AppBytes)
	add("TLS", w.TLSBytes)
	add("server's socket", Bytes(h.Sizes.Server))
	add("outgoing sockets", Bytes((ends-1)*h.Sizes.Client))
	if w.Epoll {
		add("epoll watches", Bytes(ends*h.Sizes.Epoll))
	}
	add("waiting data", Bytes(whole(float64(ends)*float64(w.dataBytes(h))*w.Waiting+0.5)))
	rest := w.perConn(h)
	for _, x := range p.parts {
		rest -= x.bytes
	}
	add("tracking and TIME_WAIT", rest)
	return p, nil
}

// Name says whose memory it is.
func (p Parts) Name() string { return p.name }

// Len is the number of parts.
func (p Parts) Len() int { return len(p.parts) }

// Part is one of them, with its bytes.
func (p Parts) Part(i int) (name string, bytes float64) {
	return p.parts[i].name, float64(p.parts[i].bytes)
}
