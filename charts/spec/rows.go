package spec

// Rows is a list of things along one axis of values, from top to bottom: what
// each is called, bars and signs at its values, and what is to be said of it.
type Rows struct {
	X     Axis
	Key   []Key
	Rows  []Row
	Lines []Line // values of x across all rows
}

// Row is one of [Rows].
type Row struct {
	Name   string
	Notes  []Note
	Bars   []Bar
	Signs  []Sign
	Strong bool // the one the title speaks of
}

// Bar is a stretch of the axis in a series colour, counted from 0.
type Bar struct {
	From, To float64
	Color    int
}

// Sign is a value of the axis.
type Sign struct {
	At   float64
	Kind string // one of the signs below
}

// What a [Sign] stands for, and with it its shape.
const (
	SignMiddle  = "middle"  // the median of the bar it lies on: a notch
	SignFound   = "found"   // what was reported: a diamond
	SignAtMost  = "atmost"  // the true number is this or less: an arrow head that points there
	SignAtLeast = "atleast" // this or more: the same
	SignBeyond  = "beyond"  // it goes on outside the picture: an arrow head
)

// Note is a short text beside a row, in the colour of what it speaks of.
type Note struct {
	Text  string
	Color int // a series colour from 0, NoColor for ink
}

// NoColor is the colour of plain text.
const NoColor = -1

// Key says what a bar of a colour or a sign is.
type Key struct {
	Text  string
	Color int    // of a bar
	Sign  string // else a sign
}
