package spec

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
)

// PipeEnv names the FIFO through which a cell shows things in a notebook.
const PipeEnv = "GONB_PIPE"

// What a cell can ask of the renderer.
const (
	OpShow    = "show"    // send Figure and Text through the display pipe
	OpSetup   = "setup"   // send the library through the display pipe
	OpDisplay = "display" // send HTML and Text through the display pipe
	OpFigure  = "figure"  // answer with Figure as a piece of a page
	OpPage    = "page"    // answer with Figure as a page of its own
	OpLibrary = "library" // answer with the library's script
)

// Request is one line to the renderer.
type Request struct {
	Op     string
	Figure *Figure `json:",omitempty"`
	HTML   string  `json:",omitempty"`
	Text   string  `json:",omitempty"`
}

// Reply is one line from the renderer.
type Reply struct {
	Out string `json:",omitempty"`
	Err string `json:",omitempty"`
}

// Replay is the figure's replay string: its kind and its [Figure.ID], for instance
// "queue-30g9wswmjvcn4". A program that gives another number gives another string.
func (f *Figure) Replay() string { return f.Name + "-" + f.ID() }

// ID is derived from all that the figure says: the same figure has the same
// one, on every run and every machine.
func (f *Figure) ID() string {
	b, err := json.Marshal(f)
	if err != nil {
		return "0" // a figure with NaN in it, which the renderer refuses
	}
	h := fnv.New64a()
	h.Write(b)
	return strconv.FormatUint(h.Sum64()|1<<63, 36)
}
