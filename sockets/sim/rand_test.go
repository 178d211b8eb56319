package sim

import (
	"fmt"
	"math"
	"math/bits"
	"testing"
)

// The first numbers of some streams, on every platform. A change here changes
// every tape ever printed.
func TestStreamIsFixed(t *testing.T) {
	got := ""
	for _, id := range [][2]uint64{{0, 0}, {1, 0}, {1, 1}, {2, 1}} {
		r := NewStream(id[0], id[1])
		got += fmt.Sprintf("%v %016x %08x %3d %.17g %.17g %.17g\n",
			id, r.Uint64(), r.Uint32(), r.IntN(1000), r.Float64(), r.Exp(), r.Normal())
	}
	// The last bits of many logarithms, where platforms tend to differ.
	r, all := NewStream(1, 1), uint64(0)
	for range 100_000 {
		all = mix(all ^ math.Float64bits(r.Exp()))
		all = mix(all ^ math.Float64bits(r.Normal()))
	}
	got += fmt.Sprintf("%016x\n", all)
	if got != wantStreams {
		t.Errorf("streams are\n%swant\n%s", got, wantStreams)
	}
}

const wantStreams = `[0 0] 45587efbce295d5b acf6d06a 322 0.33622742879948742 0.20074065385672599 -0.47373290609186913
[1 0] feeeeb9b72f67206 38b12692 124 0.29710216685863711 0.75678238846805379 0.81116424003917242
[1 1] bb68484154e5ba51 1f927085 319 0.68503569009777254 0.87680748076591775 -1.0492792229892571
[2 1] 620ea0452c9f1df2 6371676a 969 0.57769117039272266 1.3438814392543732 -1.0528590258090653
21634996445a9f6a
`

// Streams do not depend on the order in which they are made, nor on each other.
func TestStreamsAreIndependent(t *testing.T) {
	a, b := New(7), New(7)
	a1, a2 := a.Stream(1), a.Stream(2)
	b2 := b.Stream(2)
	b2first := b2.Uint64()
	b1 := b.Stream(1)
	for range 100 {
		b.Stream(3).Uint64()
	}
	if a1.Uint64() != b1.Uint64() || a2.Uint64() != b2first || a2.Uint64() != b2.Uint64() {
		t.Error("a stream changed because another was made or used")
	}
}

// Over neighbouring seeds and numbers, where careless mixing shows, first draws
// must differ and spread evenly over their bits.
func TestStreamsOfNeighbours(t *testing.T) {
	const side = 200
	seen := make(map[uint64]bool)
	var ones [64]int
	for seed := range uint64(side) {
		for n := range uint64(side) {
			r := NewStream(seed, n)
			x := r.Uint64()
			seen[x] = true
			for bit := range ones {
				ones[bit] += int(x >> bit & 1)
			}
		}
	}
	if len(seen) != side*side {
		t.Errorf("%d different first draws of %d streams", len(seen), side*side)
	}
	for bit, n := range ones {
		// A fair coin thrown 40,000 times: standard deviation 100, here 5 of them.
		if math.Abs(float64(n)-side*side/2) > 500 {
			t.Errorf("bit %d is set in %d of %d first draws", bit, n, side*side)
		}
	}
}

// Means and variances of the distributions, from n draws of a fixed seed, lie
// within 5 standard errors.
func TestDistributions(t *testing.T) {
	const n = 200_000
	r := NewStream(3, 0)
	boolean := func(p float64) func() float64 {
		return func() float64 {
			if r.Bool(p) {
				return 1
			}
			return 0
		}
	}
	for _, test := range []struct {
		name           string
		draw           func() float64
		mean, variance float64
		kurtosis       float64 // fourth central moment over variance²
		lo, hi         float64
	}{
		{"Float64", r.Float64, 0.5, 1. / 12, 1.8, 0, math.Nextafter(1, 0)},
		{"Exp", r.Exp, 1, 1, 9, 0, 53 * math.Ln2},
		{"Normal", r.Normal, 0, 1, 3, -9, 9},
		{"IntN(6)", func() float64 { return float64(r.IntN(6)) }, 2.5, 35. / 12, 303. / 175, 0, 5},
		{"IntN(1)", func() float64 { return float64(r.IntN(1)) }, 0, 0, 0, 0, 0},
		{"Uint32", func() float64 { return float64(r.Uint32()) / (1 << 32) }, 0.5, 1. / 12, 1.8, 0, 1},
		{"Bool(0.3)", boolean(0.3), 0.3, 0.21, 1/0.21 - 3, 0, 1},
		{"Bool(0)", boolean(0), 0, 0, 0, 0, 0},
		{"Bool(1)", boolean(1), 1, 0, 0, 1, 1},
	} {
		sum, squares := 0.0, 0.0
		for range n {
			x := test.draw()
			if !(test.lo <= x && x <= test.hi) {
				t.Fatalf("%s drew %v, allowed: %v to %v", test.name, x, test.lo, test.hi)
			}
			sum += x - test.mean
			squares += (x - test.mean) * (x - test.mean)
		}
		if limit := 5 * math.Sqrt(test.variance/n); math.Abs(sum/n) > limit {
			t.Errorf("%s: mean is off by %v, limit %v", test.name, sum/n, limit)
		}
		limit := 5 * test.variance * math.Sqrt((test.kurtosis-1)/n)
		if diff := squares/n - test.variance; test.variance > 0 && math.Abs(diff) > limit {
			t.Errorf("%s: variance is off by %v, limit %v", test.name, diff, limit)
		}
	}
}

// In large ranges a missing second draw would favour some numbers: 2⁶⁴ draws
// onto 3·2⁶¹ numbers give three to some and two to others, by their remainder
// modulo 3.
func TestIntNIsFair(t *testing.T) {
	if bits.UintSize < 64 {
		t.Skip("an int is too small here for such a range")
	}
	r := NewStream(4, 0)
	const draws = 30_000
	n := uint64(3) << 61
	var thirds, remainders [3]int
	for range draws {
		x := uint64(r.IntN(int(n)))
		thirds[x>>61]++
		remainders[x%3]++
	}
	for i, got := range append(thirds[:], remainders[:]...) {
		if math.Abs(float64(got)-draws/3) > 5*math.Sqrt(draws*2./9) {
			t.Errorf("class %d holds %d of %d draws", i, got, draws)
		}
	}
}

func TestLn(t *testing.T) {
	r := NewStream(5, 0)
	for i := range 100_000 {
		x := r.Float64() + 0x1p-53
		if i%2 == 1 {
			x = math.Ldexp(x, r.IntN(2000)-1000)
		}
		want := math.Log(x)
		if got := ln(x); math.Abs(got-want) > 1e-15*math.Max(math.Abs(want), 0x1p-10) {
			t.Fatalf("ln(%v) is %v, math.Log says %v", x, got, want)
		}
	}
	if ln(1) != 0 {
		t.Errorf("ln(1) is %v", ln(1))
	}
}
