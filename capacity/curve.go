package capacity

import (
	"cmp"
	"fmt"
	"slices"

	"socketbook/sockets"
)

// Curve is capacity against one of its causes, ready to be drawn on
// logarithmic axes: at every x the lowest of the walls, and which one that is.
// Its methods are those that package charts looks for.
type Curve struct {
	name   string
	points []point // x rising
	marks  []Mark
}

// point is every wall at one x; at a tie the first one binds.
type point struct {
	x     int64
	walls []level
}

type level struct {
	limit  Resource
	allows Count
}

// lowest is the wall that binds at p.
func (p point) lowest() level {
	return slices.MinFunc(p.walls, func(a, b level) int { return cmp.Compare(a.allows, b.allows) })
}

// AgainstNofile is connections against RLIMIT_NOFILE: x is what root passes to
// `ulimit -n`, in descriptors, soft and hard together. The limits of l beyond
// it (fs.nr_open, fs.file-max, RAM) stay as they are.
//
// The book's own numbers are always among the points of a curve: here the
// default 1,024, the default hard limit 4,096 and the host's fs.nr_open.
func AgainstNofile(l sockets.Limits, w Workload, s Span) (Curve, error) {
	walls, h, w, err := wallsOf(Host{Limits: l}, w)
	if err != nil {
		return Curve{}, err
	}
	s = s.withDefaults(16, 1<<24, "connections of one host", 1024, 4096, int64(h.Limits.NrOpen))
	if err := s.validate(maxNrOpen); err != nil {
		return Curve{}, err
	}
	rest := levels(walls, NofileSoft, NofileHard)
	return sweep(s, func(x int64) ([]level, error) {
		return append([]level{{NofileSoft, w.perProcess(NofileSoft, x).Allows}}, rest...), nil
	})
}

// AgainstClients is connections against client machines: x is client
// addresses, each with the ports of w's first group (28,232 on a stock client).
// Among its points are one client and as many as a million connections take.
func AgainstClients(l sockets.Limits, w Workload, s Span) (Curve, error) {
	if len(w.Clients) == 0 {
		w.Clients = []Clients{{}}
	}
	walls, _, w, err := wallsOf(Host{Limits: l}, w)
	if err != nil {
		return Curve{}, err
	}
	ports := w.Clients[0].Ports
	name := fmt.Sprintf("%v ports", Count(ports))
	million, err := NeedClientAddrs(1_000_000, ports, w.ServerAddrs, w.ServerPorts)
	if err != nil {
		return Curve{}, err
	}
	s = s.withDefaults(1, 1_000_000, name, 1, int64(million))
	if err := s.validate(maxAddrs); err != nil {
		return Curve{}, err
	}
	rest := levels(walls, Tuples)
	return sweep(s, func(x int64) ([]level, error) {
		n, err := ByTuples(x, ports, w.ServerAddrs, w.ServerPorts)
		return append([]level{{Tuples, n}}, rest...), err
	})
}

// AgainstBytes is connections against the memory of one connection: x is bytes
// of kernel and application together, in place of w's own. Among its points
// are 3 KB, 10 KB and the kernel's idle socket.
func AgainstBytes(l sockets.Limits, w Workload, s Span) (Curve, error) {
	walls, h, w, err := wallsOf(Host{Limits: l}, w)
	if err != nil {
		return Curve{}, err
	}
	s = s.withDefaults(1*KB, 1*MB, Bytes(h.Limits.RAM).String(), 3*KB, 10*KB, sockets.SizeServerSocket)
	if err := s.validate(maxBytes); err != nil {
		return Curve{}, err
	}
	rest := levels(walls, RAM)
	return sweep(s, func(x int64) ([]level, error) {
		n, err := ByMemory(Bytes(h.Limits.RAM), w.ReservedRAM, Bytes(x))
		return append([]level{{RAM, n}}, rest...), err
	})
}

// levels is walls without the ones named.
func levels(walls []wall, without ...Resource) []level {
	var kept []level
	for _, w := range walls {
		if !w.Soft && !slices.Contains(without, w.Limit) {
			kept = append(kept, level{w.Limit, w.Allows})
		}
	}
	return kept
}

func (c Curve) find(x int64) (int, bool) {
	return slices.BinarySearchFunc(c.points, x, func(p point, x int64) int { return cmp.Compare(p.x, x) })
}

// Name is the curve's label.
func (c Curve) Name() string { return c.name }

// Len is the number of points.
func (c Curve) Len() int { return len(c.points) }

// XY returns point i: the x of the constructor, and connections.
func (c Curve) XY(i int) (x, y float64) {
	return float64(c.points[i].x), float64(c.points[i].lowest().allows)
}

// Binding names the wall that decides at point i.
func (c Curve) Binding(i int) string { return string(c.points[i].lowest().limit) }

// Marks is the number of places pointed at.
func (c Curve) Marks() int { return len(c.marks) }

// Mark returns place i, on the curve's own axes.
func (c Curve) Mark(i int) (x, y float64, label string) {
	m := c.marks[i]
	at, _ := c.find(m.X) // sweep made every mark a point
	x, y = c.XY(at)
	return x, y, cmp.Or(m.Label, fmt.Sprintf("%v: %v", Count(m.X), c.points[at].lowest().allows))
}
