package charts

import (
	"fmt"
	"math"
	"reflect"
)

// Bounds of what a picture takes. They keep a mistaken Len from filling the
// memory; a curve of any length is thinned to what a picture can show.
const (
	maxPoints   = 1_000_000 // points of a curve or samples of a queue
	maxCurves   = 6         // beyond, nobody can tell the colours apart
	maxStations = 24        // rows of a journey
	maxOpen     = 1 << 21   // rows of a descriptor table; fs.nr_open is 1<<20
	drawn       = 600       // points drawn of a longer curve
)

// build runs f, which reads the caller's value. What the value's own methods
// panic with (a Len that promises more than there is) becomes an error.
func build(kind string, f func() (*Chart, error)) (c *Chart) {
	defer func() {
		if p := recover(); p != nil {
			c = &Chart{err: fmt.Errorf("charts.%s: reading the data: %v", kind, p)}
		}
	}()
	c, err := f()
	if err != nil {
		return &Chart{err: fmt.Errorf("charts.%s: %w", kind, err)}
	}
	return c
}

// given refuses a nil interface and a nil pointer in one.
func given(name string, v any) error {
	if v == nil {
		return fmt.Errorf("%s is nil: want a value to draw", name)
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		return fmt.Errorf("%s is a nil %T: want a value to draw", name, v)
	}
	return nil
}

// length refuses a Len outside [1, most].
func length(name string, n, most int) error {
	if n < 1 || n > most {
		return fmt.Errorf("%s has %s: want 1 to %s", name, comma(int64(n)), comma(int64(most)))
	}
	return nil
}

// point refuses what an axis cannot show.
func point(name string, i int, x, y float64, log bool) error {
	for _, v := range []struct {
		axis  string
		value float64
	}{{"x", x}, {"y", y}} {
		where := fmt.Sprintf("%s, point %d: %s = %v", name, i, v.axis, v.value)
		switch {
		case math.IsNaN(v.value) || math.IsInf(v.value, 0):
			return fmt.Errorf("%s: want a finite number", where)
		case log && v.value < leastValue:
			return fmt.Errorf("%s: want a number above 0, for the axis is logarithmic (at least %g)", where, leastValue)
		case !log && v.value < 0:
			return fmt.Errorf("%s: want 0 or more", where)
		case v.value > 1e18:
			return fmt.Errorf("%s: want at most 1e18", where)
		}
	}
	return nil
}

// points reads a curve once, checks it, and returns it in order of x.
func points(name string, c XYer, log bool) ([][2]float64, error) {
	if err := given(name, c); err != nil {
		return nil, err
	}
	n := c.Len()
	if err := length(name+": Len", n, maxPoints); err != nil {
		return nil, err
	}
	at := make([][2]float64, n)
	for i := range at {
		x, y := c.XY(i)
		if err := point(name, i, x, y, log); err != nil {
			return nil, err
		}
		if i > 0 && x < at[i-1][0] {
			return nil, fmt.Errorf("%s, point %d: x = %v after %v: want x in rising order", name, i, x, at[i-1][0])
		}
		at[i] = [2]float64{x, y}
	}
	return at, nil
}
