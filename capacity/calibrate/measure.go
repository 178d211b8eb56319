package calibrate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"socketbook/capacity"
)

// Options of a measurement. The zero value is meant for a reader's machine.
type Options struct {
	Root   string        // where /proc is; default "/"
	Most   int           // connections of the largest step; default 2,000, at most 10,000
	Rounds int           // how often each step is taken; default 3
	Budget time.Duration // time for everything; default 20 s
	// Progress is told of every step, if it is set.
	Progress func(state string, connections int)
}

func (o Options) withDefaults() (Options, error) {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Most == 0 {
		o.Most = 2000
	}
	if o.Rounds == 0 {
		o.Rounds = 3
	}
	if o.Budget == 0 {
		o.Budget = 20 * time.Second
	}
	for _, f := range []struct {
		name            string
		value, from, to int
	}{{"Most", o.Most, 40, 10_000}, {"Rounds", o.Rounds, 1, 100}, {"Budget", int(o.Budget / time.Millisecond), 1, 600_000}} {
		if f.value < f.from || f.value > f.to {
			return o, &capacity.InputError{Field: f.name, Value: f.value, Allowed: fmt.Sprintf("%d to %d", f.from, f.to)}
		}
	}
	if o.Progress == nil {
		o.Progress = func(string, int) {}
	}
	return o, nil
}

// ErrNotLinux is the answer where there is no Linux to measure.
var ErrNotLinux = errors.New("calibrate: only Linux can be measured")

// ErrNothing is the answer when no step could be counted: the file says why.
var ErrNothing = errors.New("calibrate: nothing could be measured")

// Measure opens connections in steps and fits what each costs the kernel, in
// bytes. It ends at its budget or with ctx, and closes what it opened; what it
// has by then it returns, with the context's error if that was why.
func Measure(ctx context.Context, o Options) (File, error) {
	o, err := o.withDefaults()
	if err != nil {
		return File{}, err
	}
	if !canMeasure {
		return File{}, ErrNotLinux
	}
	ctx, cancel := context.WithTimeout(ctx, o.Budget)
	defer cancel()
	r := reader{root: o.Root}
	h, notes := Here(o.Root, os.Getpid())
	f := File{Kernel: r.text("proc/sys/kernel/osrelease"), Method: "slabinfo, objects in use", Notes: notes}
	bySlab := sumSlabs(r.text("proc/slabinfo")) > 0
	if !bySlab {
		f.Method = "meminfo, all slabs"
	}
	full, err := h.WithDefaults()
	if err != nil {
		return f, err
	}
	most := bound(o.Most, full)
	if most < o.Most {
		f.Notes = append(f.Notes, fmt.Sprintf("at most %d connections: half of this machine's limits", most))
	}
	for _, state := range []string{Idle, Queued, Unread, TimeWait} {
		m := measurement{r: &r, o: o, bySlab: bySlab, state: state, most: most}
		x, ok := m.run(ctx)
		switch {
		case ok:
			f.Fits = append(f.Fits, x)
		case m.why != "":
			f.Notes = append(f.Notes, fmt.Sprintf("%s: not measured: %s", state, m.why))
		}
		if ctx.Err() != nil {
			f.Notes = append(f.Notes, state+": the time was over")
			break
		}
	}
	f.Notes = append(f.Notes, r.notes...)
	for _, x := range f.Fits {
		if x.R2 < sureR2 {
			f.Notes = append(f.Notes, fmt.Sprintf("%s: the points scatter (R² %.2f): the table's number stays", x.State, x.R2))
		}
	}
	f.sizes(full.Sizes)
	if len(f.Fits) == 0 {
		return f, errors.Join(ErrNothing, ctx.Err())
	}
	return f, nil
}

// bound is how many connections may be opened: both ends are descriptors of
// this process, and no limit is used beyond its half.
func bound(most int, h capacity.Host) int {
	l := h.Limits
	return max(0, min(most, l.NofileSoft/2/2-8, int(min(l.FileMax/2/2, 1<<30)), l.EphemeralPorts()/2))
}

// measurement is the steps of one state.
type measurement struct {
	r      *reader
	o      Options
	bySlab bool
	state  string
	most   int
	why    string // it came to nothing
}

// run takes each step several times and fits the steps that count.
func (m *measurement) run(ctx context.Context) (Fit, bool) {
	var n, bytes []float64
	for range m.o.Rounds {
		for _, part := range []int{8, 4, 2, 1} {
			step := m.most / part
			if step < 5 || ctx.Err() != nil {
				continue
			}
			m.o.Progress(m.state, step)
			grown, err := m.step(ctx, step)
			if err != nil {
				m.why = err.Error()
				continue
			}
			n, bytes = append(n, float64(step)), append(bytes, float64(grown))
		}
	}
	if len(n) < 3 && m.why == "" {
		m.why = "too few connections are allowed here"
	}
	return fit(m.state, n, bytes)
}

// step opens n connections of the state and says how much memory the kernel
// took for them.
func (m *measurement) step(ctx context.Context, n int) (int64, error) {
	before, ok := m.r.now(m.bySlab)
	if !ok {
		return 0, errors.New("neither slabinfo nor meminfo can be read")
	}
	var after counts
	err := hold(ctx, m.state, n, func() { after, ok = m.r.now(m.bySlab) })
	if err != nil {
		return 0, err
	}
	want, waits := int64(2*n), int64(0)
	if m.state == TimeWait {
		want, waits = 0, int64(n)
	}
	want++ // the listener
	if got := after.alloc - before.alloc; got != want {
		return 0, fmt.Errorf("other programs are busy: %d sockets came, not %d", got, want)
	}
	if got := after.waits - before.waits; m.state == TimeWait && (got < waits-waits/50 || got > waits+waits/50) {
		return 0, fmt.Errorf("other programs are busy: %d came to TIME_WAIT, not %d", got, waits)
	}
	return after.slab - before.slab, nil
}
