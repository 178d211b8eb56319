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

// Range is a curve with its uncertainty by value: Lo and Hi, P5 and P95, belong
// to the points of the same number.
type Range struct {
	Points
	Lo, Hi []float64
}

// Band returns P5 and P95 at point i.
func (r Range) Band(i int) (lo, hi float64) { return r.Lo[i], r.Hi[i] }

// Tuples is how many connections to one server port a number of client
// addresses can open (y) with so many ports each (x): their product, a line of
// [TupleSpace].
func Tuples(clients int) Points {
	p := Points{Label: plural(int64(clients), "client address", "client addresses")}
	for _, ports := range []float64{100, 1000, 10_000, defaultPorts, widePorts, 65_535} {
		p.At = append(p.At, Point{ports, ports * float64(clients)})
	}
	return p
}

// Grid is which limit binds, by value. Limit and Connections have a row for each
// value of Y, and in it a place for each value of X.
type Grid struct {
	XLabel, YLabel string
	Xs, Ys         []float64
	Limit          [][]string
	Connections    [][]float64
	Here           []Place
}

// Place is a point of a [Grid] with a few words.
type Place struct {
	X, Y  float64
	Label string
}

// X is the input along the map.
func (g Grid) X() (label string, values []float64) { return g.XLabel, g.Xs }

// Y is the input up the map.
func (g Grid) Y() (label string, values []float64) { return g.YLabel, g.Ys }

// At is the limit that binds at the x-th and y-th values.
func (g Grid) At(x, y int) (limit string, connections float64) {
	return g.Limit[y][x], g.Connections[y][x]
}

// Marks is the number of places.
func (g Grid) Marks() int { return len(g.Here) }

// Mark returns place i.
func (g Grid) Mark(i int) (x, y float64, label string) {
	return g.Here[i].X, g.Here[i].Y, g.Here[i].Label
}

// Outcomes is draws and what bound them by value.
type Outcomes struct {
	Sorted []float64
	Limits []Wall // of which Limit and Binds are read
}

// Len is the number of draws.
func (o Outcomes) Len() int { return len(o.Sorted) }

// Draw returns answer i.
func (o Outcomes) Draw(i int) float64 { return o.Sorted[i] }

// Shares is the number of limits.
func (o Outcomes) Shares() int { return len(o.Limits) }

// Share is how often limit i binds.
func (o Outcomes) Share(i int) (limit string, probability float64) {
	return o.Limits[i].Limit, o.Limits[i].Binds
}

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

// Swing is one input of [Swings]; its fields are what [Sensitivity] describes.
type Swing struct {
	Name, Low, High string
	AtLow, AtHigh   float64
}

// Swings is a sensitivity by value.
type Swings struct {
	Label  string // what the answer counts, "" for connections
	Middle float64
	Inputs []Swing
}

// Name is what the answer counts.
func (s Swings) Name() string { return s.Label }

// Base is the answer with every input at its middle.
func (s Swings) Base() float64 { return s.Middle }

// Len is the number of inputs.
func (s Swings) Len() int { return len(s.Inputs) }

// Input returns input i.
func (s Swings) Input(i int) (name, low, high string, atLow, atHigh float64) {
	in := s.Inputs[i]
	return in.Name, in.Low, in.High, in.AtLow, in.AtHigh
}

// Wall is one limit of [Walls]; its fields are what [Uncertain] describes.
type Wall struct {
	Limit        string
	P5, P50, P95 float64
	Binds        float64
}

// Walls is limits with their uncertainty by value.
type Walls []Wall

// Len is the number of limits.
func (w Walls) Len() int { return len(w) }

// Wall returns limit i.
func (w Walls) Wall(i int) (limit string, p5, p50, p95, binds float64) {
	return w[i].Limit, w[i].P5, w[i].P50, w[i].P95, w[i].Binds
}

// Report is one published result of [Published]; its fields are what
// [Reports] describes.
type Report struct {
	Who          string
	P5, P50, P95 float64
	Reported     float64
	Unit, Kind   string // as [Qualified] says, both may be ""
}

// Published is published results by value.
type Published struct {
	Label string // what is counted, "" for connections
	Cases []Report
}

// Name is what is counted.
func (p Published) Name() string { return p.Label }

// Len is the number of results.
func (p Published) Len() int { return len(p.Cases) }

// Report returns result i.
func (p Published) Report(i int) (who string, p5, p50, p95, reported float64) {
	c := p.Cases[i]
	return c.Who, c.P5, c.P50, c.P95, c.Reported
}

// Qualify is the unit of result i, and what kind of number it is.
func (p Published) Qualify(i int) (unit, kind string) { return p.Cases[i].Unit, p.Cases[i].Kind }

// Part is one part of a [Whole].
type Part struct {
	Name  string
	Bytes float64
}

// Whole is a memory and its parts by value.
type Whole struct {
	Label string // whose memory, for example "an idle server socket"
	Of    []Part
}

// Name is whose memory it is.
func (w Whole) Name() string { return w.Label }

// Len is the number of parts.
func (w Whole) Len() int { return len(w.Of) }

// Part returns part i.
func (w Whole) Part(i int) (part string, bytes float64) { return w.Of[i].Name, w.Of[i].Bytes }

// Segment is one segment of a [Talk]; its fields are what [Segments] describes.
type Segment struct {
	FromLeft      bool
	Sent, Arrived time.Duration
	What, Lost    string
}

// Aside is a note beside a lifeline of a [Talk].
type Aside struct {
	Left bool
	At   time.Duration
	Text string
}

// Talk is a conversation by value.
type Talk struct {
	Left, Right string
	Said        []Segment
	Asides      []Aside
}

// Len is the number of segments.
func (t Talk) Len() int { return len(t.Said) }

// Ends is what the two hosts are called.
func (t Talk) Ends() (left, right string) { return t.Left, t.Right }

// Segment returns segment i.
func (t Talk) Segment(i int) (fromLeft bool, sent, arrived time.Duration, what, lost string) {
	s := t.Said[i]
	return s.FromLeft, s.Sent, s.Arrived, s.What, s.Lost
}

// Notes is the number of notes.
func (t Talk) Notes() int { return len(t.Asides) }

// Note returns note i.
func (t Talk) Note(i int) (left bool, at time.Duration, text string) {
	a := t.Asides[i]
	return a.Left, a.At, a.Text
}

// Step is one state of a [Way]; its fields are what [StatePath] describes.
type Step struct {
	State string
	At    time.Duration
	Why   string
}

// Way is a way through TCP's states by value.
type Way struct {
	Label string // whose way
	Steps []Step
}

// Name is whose way it is.
func (w Way) Name() string { return w.Label }

// Len is the number of states.
func (w Way) Len() int { return len(w.Steps) }

// Step returns state i.
func (w Way) Step(i int) (state string, at time.Duration, why string) {
	return w.Steps[i].State, w.Steps[i].At, w.Steps[i].Why
}

// Sockets is one value of each of many sockets, by value.
type Sockets struct {
	What, Unit string
	Values     []float64
}

// Len is the number of sockets.
func (s Sockets) Len() int { return len(s.Values) }

// Value is that of socket i.
func (s Sockets) Value(i int) float64 { return s.Values[i] }

// Quantity is what the values are, and their unit.
func (s Sockets) Quantity() (what, unit string) { return s.What, s.Unit }

// Lost is a loss that a sender noticed: when, and how.
type Lost struct {
	At   time.Duration
	What string
}

// Windows is a congestion window over virtual time by value; its Label is the
// unit of the window, "" for segments.
type Windows struct {
	Points
	Thresholds []float64 // of each point, 0 for none
	Noticed    []Lost
}

// Threshold is the slow-start threshold at point i.
func (w Windows) Threshold(i int) float64 { return w.Thresholds[i] }

// Losses is the number of losses.
func (w Windows) Losses() int { return len(w.Noticed) }

// Loss returns loss i.
func (w Windows) Loss(i int) (at time.Duration, what string) {
	return w.Noticed[i].At, w.Noticed[i].What
}

// Send is one data segment of a [Sent]; its fields are what [Transfer] describes.
type Send struct {
	At         time.Duration
	Seq, Bytes int64
	Lost       string
}

// Acked is one acknowledgment of a [Sent].
type Acked struct {
	At   time.Duration
	UpTo int64
}

// Sent is a transfer by value.
type Sent struct {
	Segments []Send
	Acked    []Acked
}

// Len is the number of segments.
func (s Sent) Len() int { return len(s.Segments) }

// Send returns segment i.
func (s Sent) Send(i int) (at time.Duration, seq, bytes int64, lost string) {
	g := s.Segments[i]
	return g.At, g.Seq, g.Bytes, g.Lost
}

// Acks is the number of acknowledgments.
func (s Sent) Acks() int { return len(s.Acked) }

// Ack returns acknowledgment i.
func (s Sent) Ack(i int) (at time.Duration, upTo int64) { return s.Acked[i].At, s.Acked[i].UpTo }
