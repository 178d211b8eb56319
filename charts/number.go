package charts

import (
	"math"
	"strconv"
	"time"
)

// comma writes an integer with thousands separators: 28,232.
func comma(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// number writes a value of an axis: whole numbers with separators, others with
// four significant digits.
func number(v float64) string {
	if math.Abs(v) >= 1000 || v == math.Trunc(v) {
		if math.Abs(v) < 1e15 {
			return comma(int64(math.Round(v)))
		}
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// about writes a value with two significant digits and its size as a word:
// 5.7 million. Below ten thousand it writes the number itself.
func about(v float64) string {
	for _, u := range []struct {
		size float64
		word string
	}{{1e12, " trillion"}, {1e9, " billion"}, {1e6, " million"}} {
		if v >= u.size {
			return digits(v/u.size, 2) + u.word
		}
	}
	if v >= 1e4 {
		return comma(int64(round(v, 2)))
	}
	return number(v)
}

// digits writes v rounded to n significant digits, without an exponent.
func digits(v float64, n int) string {
	r := round(v, n)
	return strconv.FormatFloat(r, 'f', -1, 64)
}

// round keeps n significant digits of v.
func round(v float64, n int) float64 {
	if v == 0 {
		return 0
	}
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', n-1, 64), 64)
	return r
}

// kilo writes a size in bytes as decimal kilobytes: 8.6 KB.
func kilo(v float64) string { return digits(v/1000, 2) }

// duration writes a virtual time with its unit, to four significant digits.
func duration(d time.Duration) string { return precisely(d, 4) }

// precisely is duration to some number of digits.
func precisely(d time.Duration, digits int) string {
	v, unit := float64(d), "ns"
	switch a := d.Abs(); {
	case a >= time.Second:
		v, unit = v/1e9, "s"
	case a >= time.Millisecond:
		v, unit = v/1e6, "ms"
	case a >= time.Microsecond:
		v, unit = v/1e3, "µs"
	}
	return strconv.FormatFloat(round(v, digits), 'f', -1, 64) + " " + unit
}

// plural writes a count with its noun: 1 entry, 44 entries.
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return comma(n) + " " + many
}
