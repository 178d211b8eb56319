package chance

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.5g, want %.5g within %.2g", what, got, want, within)
	}
}

// roomy has descriptors enough; RAM and tuples decide.
var roomy = capacity.Host{Limits: sockets.Limits{NofileSoft: 1e8, FileMax: 1e9}}

// One input that falls and rises through the sum: the quantiles of the answer
// are the answers of the quantiles, and the probability of a limit to bind is
// that of the input to be on its side.
func TestOneInputByHand(t *testing.T) {
	app := Uniform(4000, 24000)
	r := must(Ask(roomy, capacity.Workload{Clients: []capacity.Clients{{Addrs: 36}}}, Options{Seed: 1}, AppBytes(app)))
	ram := func(app float64) float64 { return (16 << 30) / (3829 + app) }
	// 36 clients hold 1,016,352; RAM is the lower beyond 13,074 B of application.
	tuples := 36.0 * 28232
	border := (16<<30)/tuples - 3829
	near(t, "P5", float64(r.P5), ram(23000), 1000)
	near(t, "P50", float64(r.P50), ram(14000), 1000)
	near(t, "P95", float64(r.P95), tuples, 0)
	if len(r.Binds) != 2 || r.Binds[0].Limit != capacity.RAM || r.Binds[1].Limit != capacity.Tuples {
		t.Fatalf("who binds: %+v", r.Binds)
	}
	near(t, "probability of RAM", r.Binds[0].Probability, (24000-border)/20000, 0.001)
	near(t, "all of the variance is its own", r.Effects[0].FirstOrder, 1, 0.01)
	if r.Effects[0].Rank > -0.9 {
		t.Errorf("more bytes, fewer connections: rank correlation %v", r.Effects[0].Rank)
	}
	near(t, "tornado, high end", float64(r.Effects[0].High), ram(23000), 1)
}

// Additive and not: Sobol's indices of y = x1 + 2 x2 are 1/5 and 4/5, those of
// Ishigami's function 0.3139, 0.4424 and 0 (Saltelli, Sensitivity Analysis).
func TestFirstOrderOfKnownFunctions(t *testing.T) {
	const n = 20_000
	p := hypercube(Options{Seed: 7, Draws: n}, 3)
	y := make([]float64, n)
	for d := range y {
		y[d] = p[0][d] + 2*p[1][d]
	}
	for i, want := range []float64{0.2, 0.8, 0} {
		near(t, "additive", firstOrder(p[i], y), want, 0.02)
	}
	for d := range y {
		x := [3]float64{}
		for i := range x {
			x[i] = (2*p[i][d] - 1) * math.Pi
		}
		y[d] = math.Sin(x[0]) + 7*math.Pow(math.Sin(x[1]), 2) + 0.1*math.Pow(x[2], 4)*math.Sin(x[0])
	}
	for i, want := range []float64{0.3139, 0.4424, 0} {
		near(t, "Ishigami", firstOrder(p[i], y), want, 0.02)
	}
}

// The input that matters is named first, the one that does not is near zero.
func TestTheInputWorthMeasuring(t *testing.T) {
	r := must(Ask(roomy, capacity.Workload{}, Options{Seed: 3},
		KernelBytes(Measured(3829, 20)), AppBytes(LogNormal(5000, 40_000)), ReservedRAM(Uniform(0, 2<<30))))
	if e := r.Effects; e[0].Input != "application bytes" || e[0].FirstOrder < 0.9 || e[2].Input != "kernel bytes" || e[2].FirstOrder > 0.02 {
		t.Errorf("%+v", e)
	}
	if !(r.P5 < r.P50 && r.P50 < r.P95) {
		t.Errorf("%v, %v, %v", r.P5, r.P50, r.P95)
	}
}

func TestTheSameSeedGivesTheSameAnswer(t *testing.T) {
	ask := func(seed uint64) Result {
		return must(Ask(roomy, capacity.Workload{}, Options{Seed: seed, Draws: 500}, AppBytes(LogNormal(1000, 9000))))
	}
	a, b, c := ask(5), ask(5), ask(6)
	if a.P50 != b.P50 || a.P5 != b.P5 || a.Effects[0] != b.Effects[0] {
		t.Error("two answers to one question")
	}
	if a.Sorted[7] == c.Sorted[7] {
		t.Error("another seed draws the same numbers")
	}
	near(t, "P50 of another seed", float64(c.P50), float64(a.P50), float64(a.P50)/50)
}

func TestQuantilesOfNumbers(t *testing.T) {
	for name, c := range map[string]struct {
		n            Number
		p5, p50, p95 float64
	}{
		"exactly":   {Exactly(7), 7, 7, 7},
		"uniform":   {Uniform(0, 100), 5, 50, 95},
		"lognormal": {LogNormal(10, 1000), 10, 100, 1000},
		"measured":  {Measured(100, 10), 100 - 16.449, 100, 100 + 16.449},
		"triangle":  {Triangle(0, 0, 1), 1 - math.Sqrt(0.95), 1 - math.Sqrt(0.5), 1 - math.Sqrt(0.05)},
	} {
		for p, want := range map[float64]float64{0.05: c.p5, 0.5: c.p50, 0.95: c.p95} {
			near(t, name, c.n.Quantile(p), want, want*1e-3)
		}
	}
}

func TestBadNumbersAreRefusedByName(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, n := range []Number{Exactly(nan), Uniform(2, 1), Uniform(nan, 1), Triangle(0, 2, 1), Triangle(1, 1, 1), Triangle(0, nan, 1),
		LogNormal(0, 1), LogNormal(-1, 1), LogNormal(2, 1), LogNormal(1, inf), Measured(1, 0), Measured(1, nan), {}} {
		_, err := Ask(roomy, capacity.Workload{}, Options{}, AppBytes(n))
		var input *capacity.InputError
		if !errors.As(err, &input) || input.Allowed == "" {
			t.Errorf("%s: %v", n, err)
		}
	}
	for _, o := range []Options{{Draws: 1}, {Draws: 1e9}, {Draws: -1}} {
		if _, err := Ask(roomy, capacity.Workload{}, o, AppBytes(Exactly(1))); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := Ask(roomy, capacity.Workload{}, Options{}); err == nil {
		t.Error("no input was taken")
	}
	if _, err := Ask(roomy, capacity.Workload{}, Options{}, Input{Name: "x", Number: Exactly(1)}); err == nil {
		t.Error("an input without a place was taken")
	}
}

// Any two floats in any distribution for any input: an answer or a refusal.
func FuzzAsk(f *testing.F) {
	f.Add(1.0, 2.0, uint8(0), uint64(1))
	f.Add(math.NaN(), math.Inf(-1), uint8(3), uint64(2))
	f.Add(5e-324, math.MaxFloat64, uint8(200), uint64(3))
	f.Fuzz(func(t *testing.T, a, b float64, which uint8, seed uint64) {
		n := []func() Number{func() Number { return Exactly(a) }, func() Number { return Uniform(a, b) }, func() Number { return Triangle(a, b, b) },
			func() Number { return LogNormal(a, b) }, func() Number { return Measured(a, b) }}[which%5]()
		in := []func(Number) Input{AppBytes, TLSBytes, Unread, RequestBytes, AnswerBytes, ReservedRAM, KernelBytes, Rate, Lifetime,
			MessageCPU, HandshakeCPU, ClientAddrs}[which/5%12](n)
		h := roomy
		h.CPUs, h.LinkRate = 2, 1e9
		r, err := Ask(h, capacity.Workload{Rate: 1}, Options{Seed: seed, Draws: 100}, in)
		if err == nil && !(r.P5 <= r.P50 && r.P50 <= r.P95 && r.P5 >= 0) {
			t.Fatalf("%s %s: %+v", in.Name, n, r)
		}
		_ = n.Quantile(rand.Float64())
	})
}
