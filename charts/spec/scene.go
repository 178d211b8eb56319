package spec

// Ladder is a conversation of two hosts: a lifeline on either side, time
// downwards, an arrow for each segment. Heights count in rows from the top.
type Ladder struct {
	Left, Right string // the ends
	Height      float64
	Arrows      []Arrow
	Times       []Beside // of what happens at a lifeline
	Notes       []Beside // what happens there, in words
	Breaks      []Break
}

// Arrow is one segment.
type Arrow struct {
	FromLeft bool
	From, To float64 // heights of sending and arriving
	Text     string
	Lost     string `json:",omitempty"` // why it never arrived
	Again    bool   `json:",omitempty"` // it repeats one that was lost
	Burst    bool   `json:",omitempty"` // others leave at the same instant
}

// Beside is a text at a lifeline.
type Beside struct {
	Left bool
	At   float64
	Text string
}

// Break is a place where much time passes, or where segments are left out.
type Break struct {
	At   float64
	Text string
}

// States is the diagram of TCP's states with the ways that connections take.
type States struct {
	Paths []StatePath
}

// StatePath is one way: the states in order, and what is said of each step.
type StatePath struct {
	Name  string
	Steps []StateStep
}

// StateStep is a state that was reached. The first is where the way begins.
type StateStep struct {
	State string // as in the diagram: "SYN_SENT"
	Text  string // when, and why
}

// Heat is many values as cells, row by row.
type Heat struct {
	Says   string   // what a cell is
	Levels []string // what each level stands for, the lowest first
	Cells  string   // the level of each cell, one digit
	Hot    int      // the number of the highest cell
	HotIs  string   // what is said of it
}
