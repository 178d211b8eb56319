package capacity

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Units of [Bytes]. Decimal and binary units differ by 2.4 % at the kilobyte
// and by 7.4 % at the gigabyte, so each has its own name. They are untyped:
// 16*GiB fits [sockets.Limits].RAM as well.
const (
	KB = 1000
	MB = 1000 * KB
	GB = 1000 * MB
	TB = 1000 * GB
	PB = 1000 * TB

	KiB = 1024
	MiB = 1024 * KiB
	GiB = 1024 * MiB
	TiB = 1024 * GiB
	PiB = 1024 * TiB
)

// Bytes is an amount of memory. It prints exactly, in the largest unit that
// divides it: "16 GB", "16 GiB", "3,829 B".
type Bytes int64

// Count is a number of things: connections, descriptors, pairs of address and
// port. It prints with separators: "28,232".
type Count int64

// String returns n with a comma every three digits.
func (n Count) String() string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// units in rising order of size. Parsing takes every name; printing takes the
// unit that leaves the smallest number.
var units = []struct {
	name string
	size int64
}{
	{"B", 1}, {"kB", KB}, {"KB", KB}, {"KiB", KiB}, {"MB", MB}, {"MiB", MiB}, {"GB", GB}, {"GiB", GiB},
	{"TB", TB}, {"TiB", TiB}, {"PB", PB}, {"PiB", PiB},
}

// String returns b exactly; [ParseBytes] reads it back.
func (b Bytes) String() string {
	size, name := int64(1), "B"
	for _, u := range units {
		if b != 0 && int64(b)%u.size == 0 {
			size, name = u.size, u.name
		}
	}
	return Count(int64(b)/size).String() + " " + name
}

// Approx returns b to three digits in a decimal unit: "17.2 GB". It is for
// tables; [Bytes.String] is exact.
func (b Bytes) Approx() string {
	x, name := float64(b), "B"
	for _, u := range units {
		// The rounded number decides: 999,999 B is "1 MB", not "1e+03 KB".
		if u.size%10 == 0 && math.Abs(float64(b)) >= 0.9995*float64(u.size) {
			x, name = float64(b)/float64(u.size), u.name
		}
	}
	precision := 3
	if math.Abs(x) >= 1000 { // exact below 1 KB, and plain beyond 1,000 PB
		precision = 4
	}
	return strconv.FormatFloat(x, 'g', precision, 64) + " " + name
}

// bytesForm is what an error of ParseBytes allows.
const bytesForm = "a number and one of B, KB, MB, GB, TB, PB (1000) or KiB, MiB, GiB, TiB, PiB (1024), below 8 EiB"

// ParseBytes reads "16 GB", "16GiB", "1.5 MiB" or "3,829 B". A unit must be
// named in full: "16 G" is refused, since half of all tools mean 1000 by it
// and half 1024. A fraction of a byte rounds to the nearest byte, half up.
func ParseBytes(s string) (Bytes, error) {
	refused := &InputError{"bytes", strconv.Quote(s), bytesForm}
	if len(s) > 64 {
		refused.Value = strconv.Quote(s[:64]) + "…"
		return 0, refused
	}
	text := strings.TrimSpace(s)
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
	if end < 0 {
		return 0, refused // no unit
	}
	unit := int64(0)
	for _, u := range units {
		if u.name == strings.TrimSpace(text[end:]) {
			unit = u.size
		}
	}
	whole, fraction, point := strings.Cut(text[:end], ".")
	whole, ok := ungroup(whole)
	if unit == 0 || !ok || point && fraction == "" {
		return 0, refused
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, refused
	}
	part, ok := scale(fraction, unit)
	total, fits := mulAdd(n, unit, part)
	if !ok || !fits {
		return 0, refused
	}
	return Bytes(total), nil
}

// ungroup takes the commas out of "3,829": groups of three, or none at all.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || len(groups) > 1 && (len(g) == 0 || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// scale returns 0.fraction × unit, rounded half up. Eighteen digits are kept:
// of a PiB, that is a hundredth of a byte.
func scale(fraction string, unit int64) (int64, bool) {
	if fraction == "" {
		return 0, true
	}
	for _, r := range fraction {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	fraction = fraction[:min(len(fraction), 18)]
	digits, _ := strconv.ParseUint(fraction, 10, 64)
	power := uint64(1)
	for range fraction {
		power *= 10
	}
	hi, lo := bits.Mul64(digits, uint64(unit))
	lo, carry := bits.Add64(lo, power/2, 0)
	quotient, _ := bits.Div64(hi+carry, lo, power) // below unit+1, so it fits
	return int64(quotient), true
}

// RoundBytes turns a computed number of bytes, a mean for instance, into
// Bytes, half away from zero. It refuses NaN, infinities and what is out of
// range.
func RoundBytes(x float64) (Bytes, error) {
	// 2^63 is a float64, 2^63-1 is not; NaN fails every comparison.
	if !(x >= 0 && x < 1<<63) {
		return 0, &InputError{"bytes", x, "a number from 0 to below 2^63"}
	}
	return Bytes(math.Round(x)), nil
}
