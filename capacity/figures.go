package capacity

import (
	"math"
	"strconv"
	"strings"
)

// figure writes x to so many significant digits as a planner reads it: thousands are
// separated, and there is no exponent from a millionth to a thousand million
// millions: "1,000,000,000", "0.00124".
func figure(x float64, digits int) string {
	if size := math.Abs(x); x != 0 && (size < 1e-6 || size >= 1e15) || math.IsNaN(x) {
		return strconv.FormatFloat(x, 'g', digits, 64)
	}
	// The rounded number is written, so that 999.96 is 1,000 and not 999.96.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	if err != nil {
		rounded = x
	}
	text, part, point := strings.Cut(strconv.FormatFloat(math.Abs(rounded), 'f', -1, 64), ".")
	if point {
		part = "." + part
	}
	n, _ := strconv.ParseInt(text, 10, 64) // below 10^15
	if rounded < 0 {
		return "-" + Count(n).String() + part
	}
	return Count(n).String() + part
}

// span writes a time given in seconds to three digits in the unit that suits it:
// "1.21 µs".
func span(seconds float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if seconds >= u.size {
			return figure(seconds/u.size, 3) + " " + u.name
		}
	}
	return figure(seconds/1e-9, 3) + " ns"
}
