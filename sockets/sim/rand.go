package sim

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"
)

// Stream is a source of random numbers for one consumer: a PCG generator whose
// start depends on the seed and the stream's number alone. It is two words, so
// a part may hold it by value. The results are the same on every platform,
// those of Exp and Normal included. The zero Stream works, but has no seed.
type Stream struct{ pcg rand.PCG }

// Stream returns stream n of the simulation's seed, from its beginning. Streams
// of different numbers are independent, in whatever order they are made.
func (s *Sim) Stream(n uint64) *Stream {
	r := NewStream(s.seed, n)
	return &r
}

// NewStream returns stream n of seed.
//
// Seed and number pass through four rounds of a Feistel network, which maps
// pairs of words one to one: no two streams of any two seeds start alike, and
// neighbouring numbers start far apart.
func NewStream(seed, n uint64) Stream {
	for round := uint64(1); round <= 4; round++ {
		seed, n = n, seed^mix(n+round*0x9e3779b97f4a7c15)
	}
	var r Stream
	r.pcg.Seed(seed, n)
	return r
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood, "Fast
// Splittable Pseudorandom Number Generators", OOPSLA 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 returns 64 random bits.
func (r *Stream) Uint64() uint64 { return r.pcg.Uint64() }

// Uint32 returns 32 random bits.
func (r *Stream) Uint32() uint32 { return uint32(r.pcg.Uint64() >> 32) }

// IntN returns a number from 0 to n-1, each as likely. An n below 1 is a bug.
//
// It takes the high word of a 64 × 64-bit product, and draws again in the rare
// case that would favour some numbers (Lemire, "Fast Random Integer Generation
// in an Interval", ACM TOMACS 29, 2019).
func (r *Stream) IntN(n int) int {
	if n < 1 {
		panic("sim: IntN(" + strconv.Itoa(n) + "), allowed: 1 or more")
	}
	hi, lo := bits.Mul64(r.pcg.Uint64(), uint64(n))
	if lo < uint64(n) {
		for least := -uint64(n) % uint64(n); lo < least; {
			hi, lo = bits.Mul64(r.pcg.Uint64(), uint64(n))
		}
	}
	return int(hi)
}

// Float64 returns a number in [0, 1), a multiple of 2⁻⁵³.
func (r *Stream) Float64() float64 { return float64(r.pcg.Uint64()>>11) * 0x1p-53 }

// Bool returns true with probability p. It always draws once.
func (r *Stream) Bool(p float64) bool { return r.Float64() < p }

// Exp returns an exponentially distributed number of mean 1: the time between
// two arrivals of a Poisson process, in units of its mean. At most 36.74.
func (r *Stream) Exp() float64 { return -ln(1 - r.Float64()) }

// Normal returns a normally distributed number of mean 0 and standard
// deviation 1, by Marsaglia's polar method.
func (r *Stream) Normal() float64 {
	for {
		x, y := 2*r.Float64()-1, 2*r.Float64()-1
		s := float64(x*x) + float64(y*y)
		if s < 1 && s > 0 {
			return x * math.Sqrt(-2*ln(s)/s)
		}
	}
}

// ln is the natural logarithm of a normal x > 0, to within 1e-15 of it.
// math.Log may differ between platforms in the last bit (some have it in
// assembly, some fuse a multiplication with an addition), which would show on
// the tape. Here every product is rounded, by a conversion, before it is added,
// so the result is the same everywhere.
//
// With x = m × 2ᵉ, m from √½ to √2, and s = (m-1)/(m+1), which is at most 0.172:
//
//	ln x = e ln 2 + 2 artanh s,   artanh s = s (1 + s²/3 + s⁴/5 + …)
func ln(x float64) float64 {
	const sqrtHalf = 0x3fe6a09e667f3bcd // the bits of √½: exponent, then fraction
	b := math.Float64bits(x)
	e := int64(b-sqrtHalf) >> 52
	m := math.Float64frombits(b - uint64(e)<<52)
	s := (m - 1) / (m + 1)
	z := s * s
	// Two interleaved polynomials in z² are less of a wait than one in z.
	w := z * z
	even := float64(w*(1./21)) + 1./17
	even = float64(w*even) + 1./13
	even = float64(w*even) + 1./9
	even = float64(w*even) + 1./5
	odd := float64(w*(1./19)) + 1./15
	odd = float64(w*odd) + 1./11
	odd = float64(w*odd) + 1./7
	odd = float64(w*odd) + 1./3
	sum := 1 + (float64(w*even) + float64(z*odd))
	return float64(float64(e)*math.Ln2) + float64(2*s*sum)
}
