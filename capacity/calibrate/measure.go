package calibrate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"gonum.org/v1/gonum/stat"

	"socketbook/capacity"
)

// Options of a measurement. The zero value is meant for a reader's machine.
type Options struct {
	Root   string        // where /proc is; default "/"
	Most   int           // connections at once; default 2,000, 40 to 10,000
	Rounds int           // how often they are opened for each state; default 5
	Budget time.Duration // time for everything; default 20 s
	// Progress is told of every round, if it is set.
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
		o.Rounds = 5
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

// measurement is the rounds of one state.
type measurement struct {
	r      *reader
	o      Options
	bySlab bool
	state  string
	most   int
	why    string // it came to nothing
}

// run takes several rounds and fits the points that count. In each round the
// connections grow to the most that are allowed, and the kernel is looked at
// from three eighths on: the first ones fill what the slabs had free, which is
// another amount in every round. So each round has an intercept of its own.
func (m *measurement) run(ctx context.Context) (Fit, bool) {
	var n, bytes []float64
	for range m.o.Rounds {
		if m.most < 40 || ctx.Err() != nil {
			break
		}
		m.o.Progress(m.state, m.most)
		rn, rbytes, err := m.round(ctx)
		if err != nil {
			m.why = err.Error()
			continue
		}
		center(rn)
		center(rbytes)
		n, bytes = append(n, rn...), append(bytes, rbytes...)
	}
	if len(n) < 3 && m.why == "" {
		m.why = "too few connections are allowed here"
	}
	f, ok := fit(m.state, n, bytes)
	f.Most = m.most
	return f, ok
}

// center takes the mean off, which is an intercept.
func center(v []float64) {
	mean := stat.Mean(v, nil)
	for i := range v {
		v[i] -= mean
	}
}

// round opens the connections once and says how much memory the kernel had
// taken at each mark.
func (m *measurement) round(ctx context.Context) (n, bytes []float64, err error) {
	before, ok := m.r.now(m.bySlab)
	if !ok {
		return nil, nil, errors.New("neither slabinfo nor meminfo can be read")
	}
	var marks []int
	for part := 3; part <= 8; part++ {
		marks = append(marks, m.most*part/8)
	}
	var busy error
	err = hold(ctx, m.state, marks, func(at int) {
		now, _ := m.r.now(m.bySlab)
		if e := m.undisturbed(before, now, at); e != nil {
			busy = e
			return
		}
		n, bytes = append(n, float64(at)), append(bytes, float64(now.slab-before.slab))
	})
	if err == nil && len(n) < 3 {
		err = busy
	}
	return n, bytes, err
}

// undisturbed compares the kernel's number of sockets with what was opened.
func (m *measurement) undisturbed(before, now counts, n int) error {
	want, waits := int64(2*n)+1, int64(0) // and the listener
	if m.state == TimeWait {
		want, waits = 1, int64(n)
	}
	if got := now.alloc - before.alloc; got != want {
		return fmt.Errorf("other programs are busy: %d sockets came, not %d", got, want)
	}
	if got := now.waits - before.waits; m.state == TimeWait && (got < waits-waits/50 || got > waits+waits/50) {
		return fmt.Errorf("other programs are busy: %d came to TIME_WAIT, not %d", got, waits)
	}
	return nil
}
