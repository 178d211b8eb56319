package ipynb

import (
	"crypto/sha256"
	"fmt"
)

// Live is the tag of a cell that touches the reader's own machine or measures this
// very process: it says something else on every machine. Its committed outputs are a
// recording, and the cell's metadata name the machine:
//
//	"socketbook": {"recorded": {"machine": "Linux 6.18 x86-64, 2 CPUs, 24 GiB", "sum": "8c1d…"}}
//
// The sum is taken over the cell's code and its outputs. So a recording of other code,
// and the outputs of a reader who ran the cell and saved the file, are not taken
// for the recording.
const Live = "live"

// Recorded returns the machine on which the cell's outputs were recorded; ok is false
// if they are not a recording of this code.
func (c *Cell) Recorded() (machine string, ok bool) {
	ours, _ := c.Metadata["socketbook"].(Object)
	recorded, _ := ours["recorded"].(Object)
	machine, _ = recorded["machine"].(string)
	sum, _ := recorded["sum"].(string)
	return machine, machine != "" && len(c.Outputs) > 0 && sum == c.sum()
}

// record makes the cell's outputs its recording.
func (c *Cell) record(machine string) {
	if c.Metadata == nil {
		c.Metadata = Object{}
	}
	ours, _ := c.Metadata["socketbook"].(Object)
	if ours == nil {
		ours = Object{}
		c.Metadata["socketbook"] = ours
	}
	ours["recorded"] = Object{"machine": machine, "sum": c.sum()}
}

// sum is short: it guards against mistakes, not against forgers.
func (c *Cell) sum() string {
	e := &encoder{}
	e.text(c.Source)
	for _, o := range c.Outputs {
		if err := e.value(o.object(), 0); err != nil {
			return ""
		}
	}
	return fmt.Sprintf("%x", sha256.Sum256(e.buf))[:16]
}

// KeepRecordings puts the recordings of a notebook's live cells into a fresh run of it,
// in place of what this machine says. Live cells that have none, or one of other code,
// are recorded from the run; with anew, all are. The machine is this one.
func KeepRecordings(was, fresh *Notebook, machine string, anew bool) {
	old := map[string]*Cell{}
	for _, c := range was.Cells {
		old[c.ID] = c
	}
	for _, c := range fresh.Cells {
		if !c.Tagged(Live) || c.Type != "code" {
			continue
		}
		if o := old[c.ID]; o != nil && o.Source == c.Source && !anew {
			if _, ok := o.Recorded(); ok {
				c.Outputs, c.Metadata = o.Outputs, o.Metadata
				continue
			}
		}
		c.record(machine)
	}
}
