package published

import (
	"fmt"
	"math"

	"socketbook/capacity"
	"socketbook/capacity/chance"
)

// Row is one published number and what the model says to it.
type Row struct {
	Name string `json:"name"` // who and when
	What string `json:"what"` // the number
	Unit string `json:"unit"`
	Kind Kind   `json:"kind"`
	Reported,
	Low, High float64 // the report; P5 and P95 of the prediction
	Binding string `json:"binding,omitempty"` // what the model says stopped them
	Said    string `json:"said,omitempty"`    // what they said did
	Why     string `json:"why"`               // of a miss; or what to know
	Source  string `json:"source"`
}

// Kind is what a report says about the true number.
type Kind string

// An upper bound is a machine's size over its connections; a lower bound is a
// test that ended at its goal.
const (
	Number  Kind = "measured"
	AtMost  Kind = "at most"
	AtLeast Kind = "at least"
)

// Hit is whether report and prediction agree: a number in the band, a bound on
// its right side.
func (r Row) Hit() bool {
	switch r.Kind {
	case AtMost:
		return r.Low <= r.Reported
	case AtLeast:
		return r.High >= r.Reported
	}
	return r.Reported >= r.Low*(1-rounding) && r.Reported <= r.High*(1+rounding)
}

// rounding is what reports lose by being round numbers: half a per cent.
const rounding = 0.005

// Number prints one of the row's numbers in its unit.
func (r Row) Number(x float64) string {
	if r.Unit == "B" {
		return capacity.Bytes(math.Round(x)).Approx()
	}
	return fmt.Sprintf("%v %s", capacity.Count(math.Round(x)), r.Unit)
}

// Runtimes: bytes of a connection beside the kernel's.
var (
	golang  = chance.LogNormal(capacity.AppGoroutine, capacity.AppNetHTTP)
	erlang  = chance.LogNormal(8000, 45_000)
	node    = chance.LogNormal(4000, 20_000)
	jvm     = chance.LogNormal(4000, 12_000)
	haproxy = chance.LogNormal(25_000, 41_000)
)

// roomy is a host of a kernel where nothing but RAM is in the way.
func roomy(kernel string, ram int64) capacity.Host {
	h := capacity.Host{Kernel: kernel, EpollWatches: 1 << 40, TCPMem: [3]int64{1 << 40, 1 << 40, 1 << 40}}
	h.Limits.RAM = ram
	h.Limits.NofileSoft, h.Limits.FileMax = 1<<30, 1<<40
	return h
}

// kernelBytes is the kernel's part, give or take a sixth.
func kernelBytes(kernel string) (chance.Input, error) {
	k, err := capacity.KernelNamed(kernel)
	size := float64(k.Sizes.Server)
	return chance.KernelBytes(chance.LogNormal(size/1.17, size*1.17)), err
}

// ask is P5 and P95 of the connections, and who binds.
func ask(h capacity.Host, w capacity.Workload, inputs ...chance.Input) (low, high float64, binding string, err error) {
	r, err := chance.Ask(h, w, chance.Options{Seed: 1}, inputs...)
	if err != nil {
		return 0, 0, "", err
	}
	return float64(r.P5), float64(r.P95), string(r.Binds[0].Limit), nil
}

// perConn predicts the memory of a connection, kernel and program together.
func perConn(kernel string, w capacity.Workload, inputs ...chance.Input) func(*Row) error {
	return func(r *Row) error {
		const ram = 1 << 40
		k, err := kernelBytes(kernel)
		if err != nil {
			return err
		}
		low, high, _, err := ask(roomy(kernel, ram), w, append(inputs, k)...)
		r.Low, r.High = ram/high, ram/low
		return err
	}
}

// connections predicts how many fit into a machine.
func connections(kernel string, ram int64, w capacity.Workload, inputs ...chance.Input) func(*Row) error {
	return func(r *Row) error {
		k, err := kernelBytes(kernel)
		if err != nil {
			return err
		}
		r.Low, r.High, r.Binding, err = ask(roomy(kernel, ram), w, append(inputs, k)...)
		return err
	}
}

// exactly predicts without a band.
func exactly(plan func() (capacity.Count, string, error)) func(*Row) error {
	return func(r *Row) error {
		n, binding, err := plan()
		r.Low, r.High, r.Binding = float64(n), float64(n), binding
		return err
	}
}

// Rows are the published results with their predictions. Their methods are
// those that package charts looks for.
type Rows []Row

// Len is the number of rows.
func (r Rows) Len() int { return len(r) }

// Report is who reported, the prediction and the report. Where the model gives
// two ends, the middle between them is that of their logarithms. The band has
// the report's rounding in it.
func (r Rows) Report(i int) (who string, p5, p50, p95, reported float64) {
	x := r[i]
	return x.Name + ", " + x.What, x.Low * (1 - rounding), math.Sqrt(x.Low * x.High), x.High * (1 + rounding), x.Reported
}

// Qualify is the unit of a report, and whether it is a bound.
func (r Rows) Qualify(i int) (unit, kind string) { return r[i].Unit, string(r[i].Kind) }

// Check computes every row's prediction.
func Check() (Rows, error) {
	var rows Rows
	for _, t := range table {
		r := t.row
		if err := t.predict(&r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}
