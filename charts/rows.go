package charts

import (
	"fmt"
	"math"
	"strings"

	"socketbook/charts/spec"
)

// maxRows is how many rows a picture of rows takes.
const maxRows = 30

// sight is how far beyond the lowest value a logarithmic row picture reaches:
// a limit a thousand times as high stops nobody here, and would squeeze the
// others into a corner.
const sight = 1e4

// named refuses an empty name.
func named(where, what, name string) error {
	if strings.TrimSpace(name) == "" {
		return fmt.Errorf("%s: its %s is empty: want a few words", where, what)
	}
	return nil
}

// value refuses what is not a number in [least, most].
func value(where, field string, v, least, most float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: %s = %v: want a finite number", where, field, v)
	}
	if v < least || v > most {
		return fmt.Errorf("%s: %s = %v: want %s to %s", where, field, v, edge(least), edge(most))
	}
	return nil
}

// edge writes an end of what is allowed.
func edge(v float64) string {
	if v != 0 && (math.Abs(v) < 1e-3 || math.Abs(v) >= 1e15) {
		return fmt.Sprintf("%g", v)
	}
	return number(v)
}

// Least and most of a value on a logarithmic axis of rows.
const (
	leastValue = 1e-9
	mostValue  = 1e18
)

// percentiles refuses three numbers that are not in rising order.
func percentiles(where string, p5, p50, p95 float64) error {
	for _, p := range []struct {
		name string
		v    float64
	}{{"P5", p5}, {"P50", p50}, {"P95", p95}} {
		if err := value(where, p.name, p.v, leastValue, mostValue); err != nil {
			return err
		}
	}
	switch {
	case p50 < p5:
		return fmt.Errorf("%s: P50 = %v below P5 = %v: want percentiles in rising order", where, p50, p5)
	case p95 < p50:
		return fmt.Errorf("%s: P95 = %v below P50 = %v: want percentiles in rising order", where, p95, p50)
	}
	return nil
}

// reach sets the ends of a logarithmic axis around values, a little beyond
// them, and returns where the picture stops.
func reach(x *spec.Axis, values []float64) (most float64) {
	lo, hi := math.Inf(1), 0.0
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	far := lo * sight
	if hi > far {
		hi = lo
		for _, v := range values {
			if v <= far {
				hi = max(hi, v)
			}
		}
		hi = max(hi*4, lo*10) // room in which the rest goes on
	}
	x.LogBase = 10
	x.Min, x.Max = lo/1.25, hi*1.25
	return x.Max
}

// clip keeps a stretch within the picture; beyond says that it goes on.
func clip(from, to, most float64) (a, b float64, beyond bool) {
	return min(from, most), min(to, most), to > most
}

// fromTo says from–to in round numbers, once where both are the same.
func fromTo(a, b float64) string {
	x, y := about(round(a, 2)), about(round(b, 2))
	if x == y {
		return x
	}
	for _, word := range []string{" trillion", " billion", " million"} {
		if strings.HasSuffix(x, word) && strings.HasSuffix(y, word) {
			x = strings.TrimSuffix(x, word)
		}
	}
	return x + "–" + y
}

// percent says a probability: 83 %, and neither 0 nor 100 unless it is that.
func percent(p float64) string {
	switch r := math.Round(100 * p); {
	case r == 0 && p > 0:
		return "<\u00a01\u00a0%"
	case r == 100 && p < 1:
		return ">\u00a099\u00a0%"
	default:
		return comma(int64(r)) + "\u00a0%"
	}
}

// list writes words as a sentence does: a, b and c.
func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}
