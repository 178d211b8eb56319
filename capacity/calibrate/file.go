package calibrate

import (
	"encoding/json"
	"fmt"
	"os"

	"socketbook/capacity"
)

// File is a calibration, as it is kept: what was measured where, and what
// follows for the model.
type File struct {
	Kernel string         `json:"kernel"` // uname -r
	Method string         `json:"method"` // what was read
	Fits   []Fit          `json:"fits"`
	Sizes  capacity.Sizes `json:"sizes"` // the model's table with what was measured put in
	Notes  []string       `json:"notes,omitempty"`
}

// Fit finds a state among the fits.
func (f File) Fit(state string) (Fit, bool) {
	for _, x := range f.Fits {
		if x.State == state {
			return x, true
		}
	}
	return Fit{}, false
}

// Apply puts what was measured into a host.
func (f File) Apply(h *capacity.Host) { h.Sizes, h.Kernel = f.Sizes, f.Kernel }

// Save writes the file as JSON.
func (f File) Save(name string) error {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}

// Load reads what [File.Save] wrote, and refuses sizes that no kernel has.
func Load(name string) (File, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return File{}, err
	}
	var f File
	if err := json.Unmarshal(b, &f); err != nil {
		return File{}, fmt.Errorf("calibrate: %s is no calibration: %w", name, err)
	}
	h := capacity.Host{}
	f.Apply(&h)
	if _, err := capacity.Plan(h, capacity.Workload{}); err != nil {
		return File{}, fmt.Errorf("calibrate: %s: %w", name, err)
	}
	return f, nil
}

// States that are measured, each a kind of connection over loopback.
const (
	Idle     = "idle"      // established, accepted: a server's and a client's socket
	Queued   = "queued"    // established, not accepted
	Unread   = "unread"    // idle, and unreadBytes lie at the server (their pages are not counted)
	TimeWait = "time_wait" // closed by the client first
)

// unreadBytes lie unread in each connection of [Unread].
const unreadBytes = 8192

// sureR2 is how well a line must fit before it is believed: memory that a
// thousand connections take in one go is hard to miss.
const sureR2 = 0.95

// sizes puts the fits into the kernel's table. A state without a good fit
// keeps its place there.
func (f *File) sizes(table capacity.Sizes) {
	f.Sizes = table
	sure := func(state string) (Fit, bool) {
		x, ok := f.Fit(state)
		return x, ok && x.R2 >= sureR2
	}
	idle, ok := sure(Idle)
	if !ok {
		return
	}
	// Both ends are alike but for the bind buckets of the client's port.
	f.Sizes.Server = whole((idle.Bytes - float64(table.Bucket)) / 2)
	f.Sizes.Client = f.Sizes.Server + table.Bucket
	if q, ok := sure(Queued); ok {
		f.Sizes.Queued = whole(q.Bytes - float64(f.Sizes.Client))
	}
	if u, ok := sure(Unread); ok {
		f.Sizes.Skb = whole(u.Bytes - idle.Bytes)
	}
	if w, ok := sure(TimeWait); ok {
		f.Sizes.TimeWait = whole(w.Bytes - float64(table.Bucket))
	}
}

// whole is a size of at least one byte.
func whole(x float64) int64 { return int64(max(1, min(x+0.5, 1<<20))) }
