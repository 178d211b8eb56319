package charts

import "time"

// Point is one place of a curve.
type Point struct{ X, Y float64 }

// Points is a curve by value, with the name it is labelled with.
type Points struct {
	Label string
	At    []Point
}

// Len is the number of points.
func (p Points) Len() int { return len(p.At) }

// XY returns point i.
func (p Points) XY(i int) (x, y float64) { return p.At[i].X, p.At[i].Y }

// Name is the curve's label.
func (p Points) Name() string { return p.Label }

// Hop is one station of a [Path]; its fields are what [Stops] describes.
type Hop struct {
	Station string
	At      time.Duration // virtual time since the start of the tape
	Moved   int           // bytes
	By      string        // "NIC", "CPU" or ""
}

// Path is a packet's way by value.
type Path []Hop

// Len is the number of stations.
func (p Path) Len() int { return len(p) }

// Stop returns station i.
func (p Path) Stop(i int) (station string, at time.Duration, moved int, by string) {
	return p[i].Station, p[i].At, p[i].Moved, p[i].By
}

// FD is one open descriptor of a [Table].
type FD struct {
	Number       int
	Kind, Detail string
}

// Table is a descriptor table by value.
type Table struct {
	Open []FD // in rising order of Number
	Soft int  // soft RLIMIT_NOFILE, 0 when unknown
}

// Len is the number of open descriptors.
func (t Table) Len() int { return len(t.Open) }

// Row returns the i-th open descriptor.
func (t Table) Row(i int) (fd int, kind, detail string) {
	return t.Open[i].Number, t.Open[i].Kind, t.Open[i].Detail
}

// Limit is the soft RLIMIT_NOFILE.
func (t Table) Limit() int { return t.Soft }

// Dropped is entries refused at one instant.
type Dropped struct {
	At      time.Duration // virtual time
	N       int
	Counter string // the kernel's name, for example "ListenOverflows"
}

// Samples is a queue over virtual time by value.
type Samples struct {
	Points
	Most    int // entries the queue admits, 0 for no bound
	Refused []Dropped
}

// Bound is the most entries the queue admits.
func (s Samples) Bound() int { return s.Most }

// Drops is the number of instants at which entries were refused.
func (s Samples) Drops() int { return len(s.Refused) }

// Drop returns refusal i.
func (s Samples) Drop(i int) (at time.Duration, n int, counter string) {
	return s.Refused[i].At, s.Refused[i].N, s.Refused[i].Counter
}
