// Package spec is what travels from a cell to the renderer: a picture as plain
// data, without a word about how it is drawn. Package charts fills it, package
// charts/render draws it; a cell links this and no drawing library.
package spec

// Figure is one picture. Exactly one of the pointers is set.
type Figure struct {
	Name    string // what kind of picture, as the stem of a file: "against-nofile"
	Title   string // the finding
	Summary string // one paragraph: the alternative text
	Table   Table  // the data, for readers and for programs

	Plane       *Plane       `json:",omitempty"`
	Journey     *Journey     `json:",omitempty"`
	Descriptors *Descriptors `json:",omitempty"`
	Rows        *Rows        `json:",omitempty"`
	Ladder      *Ladder      `json:",omitempty"`
	States      *States      `json:",omitempty"`
	Heat        *Heat        `json:",omitempty"`
}

// Table is the data of a picture as text, numbers already formatted.
type Table struct {
	Columns []string
	Rows    [][]string
	Note    string // what was left out, "" when nothing was
}

// Plane is a picture with two axes.
type Plane struct {
	X, Y   Axis
	Curves []Curve
	Marks  []Mark
	Bands  []Band
	Lines  []Line
	// Regions cover the picture; where there are any, there are no curves.
	Regions []Region `json:",omitempty"`
}

// Axis of a [Plane]. Min and Max are the ends of the picture, not of the data.
type Axis struct {
	Label    string  // quantity and unit
	Value    string  // how one value of it is said, {value} standing for the number
	LogBase  float64 // ticks at its powers; 0 for a linear axis
	Min, Max float64
	Whole    bool // it counts: no ticks between whole numbers
}

// Curve of a [Plane]. A stepped one keeps its y until the next x.
type Curve struct {
	Name string // label at its end, "" for none
	Step bool
	At   [][2]float64
	// Around is the uncertainty of the curve: x with the least and the most
	// that is likely there. Empty for a curve that is sure.
	Around [][3]float64 `json:",omitempty"`
}

// Region is a part of a [Plane]: the stretch of y it has at each x.
type Region struct {
	Name   string // "" for a piece of one that is named elsewhere
	Detail string // what is said below the name, where there is room
	Color  int    // a series colour, from 0
	Around [][3]float64
}

// Mark is a place worth a label, on the curve of number Curve. A drop is drawn
// as a cross, all others as a dot.
type Mark struct {
	X, Y  float64
	Label string
	Curve int
	Drop  bool
}

// Band is a stretch of an axis, shaded across the picture.
type Band struct {
	OnY      bool // a stretch of y, else of x
	From, To float64
	Label    string
	Quiet    bool // a backdrop, lighter than a band that states a fact
}

// Line is one value of an axis, drawn dashed across the picture.
type Line struct {
	OnX   bool `json:",omitempty"` // a value of x, else of y
	At    float64
	Label string
}

// Journey is a way through stations, in order, along an axis of virtual time.
type Journey struct {
	X    Axis
	Hops []Hop
}

// Hop is one station.
type Hop struct {
	Station string
	At      float64 // when the packet reached it, on the axis
	Took    string  // the time until the next station, with its unit
	By      string  // who moved bytes here: "NIC", "CPU", "" for nobody
	Did     string  // what was moved: "CPU copies 64 B"
	Bytes   string  // the same where there is little room: "64 B"
}

// Descriptors is a descriptor table, as runs of neighbours of one kind.
type Descriptors struct {
	Runs  []Run
	Open  int // descriptors in use
	Limit int // soft RLIMIT_NOFILE, 0 when unknown
}

// Run is the descriptors From to To, both included. Kind "" means free.
type Run struct {
	From, To    int
	Kind        string
	What        string // the run in words: "1,000 connections"
	First, Last string // details of both ends
}
