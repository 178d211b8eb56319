package chance

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"socketbook/capacity"
)

// Number is a quantity that is not known exactly.
type Number struct {
	shape    string
	quantile func(p float64) float64
	err      error
}

// String says how the number was given.
func (n Number) String() string { return n.shape }

// Quantile is the value below which the number is with probability p.
func (n Number) Quantile(p float64) float64 {
	if n.quantile == nil || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	return n.quantile(p)
}

// finite refuses what is no number, and what is too large to compute with.
func finite(shape string, values ...float64) (bad error) {
	for i, v := range values {
		if !(math.Abs(v) <= 1e18) {
			return &capacity.InputError{Field: shape, Value: v, Allowed: fmt.Sprintf("argument %d between -1e18 and 1e18", i+1)}
		}
	}
	return nil
}

// Exactly is a number that is known after all.
func Exactly(x float64) Number {
	return Number{shape: fmt.Sprintf("%g", x), err: finite("Exactly", x), quantile: func(float64) float64 { return x }}
}

// Uniform lies anywhere between low and high, and nothing more is known.
func Uniform(low, high float64) Number {
	n := Number{shape: fmt.Sprintf("%g to %g", low, high), err: finite("Uniform", low, high)}
	if n.err == nil && !(low < high) {
		n.err = &capacity.InputError{Field: "Uniform low", Value: low, Allowed: fmt.Sprintf("below high, %g", high)}
	}
	if n.err == nil {
		n.quantile = distuv.Uniform{Min: low, Max: high}.Quantile
	}
	return n
}

// Triangle lies between low and high, most likely at mode.
func Triangle(low, mode, high float64) Number {
	n := Number{shape: fmt.Sprintf("%g to %g, likely %g", low, high, mode), err: finite("Triangle", low, mode, high)}
	if n.err == nil && !(low < high && low <= mode && mode <= high) {
		n.err = &capacity.InputError{Field: "Triangle mode", Value: mode, Allowed: fmt.Sprintf("from %g to %g, and these apart", low, high)}
	}
	if n.err == nil {
		n.quantile = distuv.NewTriangle(low, high, mode, nil).Quantile
	}
	return n
}

// LogNormal is a positive number of which one knows the size rather than the
// value: one time in twenty below p5, one time in twenty above p95. Memory of
// a connection, size of a message and length of a visit are often so.
func LogNormal(p5, p95 float64) Number {
	n := Number{shape: fmt.Sprintf("%g to %g, nine times in ten", p5, p95), err: finite("LogNormal", p5, p95)}
	if n.err == nil && !(p5 > 0 && p5 < p95) {
		n.err = &capacity.InputError{Field: "LogNormal p5", Value: p5, Allowed: fmt.Sprintf("above 0 and below p95, %g", p95)}
	}
	if n.err == nil {
		z := distuv.UnitNormal.Quantile(0.95)
		mu, sigma := (math.Log(p5)+math.Log(p95))/2, (math.Log(p95)-math.Log(p5))/2/z
		n.quantile = distuv.LogNormal{Mu: mu, Sigma: sigma}.Quantile
	}
	return n
}

// Measured is a mean with its standard error, as a calibration gives it.
func Measured(mean, stderr float64) Number {
	n := Number{shape: fmt.Sprintf("%g ± %g", mean, stderr), err: finite("Measured", mean, stderr)}
	if n.err == nil && !(stderr > 0) {
		n.err = &capacity.InputError{Field: "Measured stderr", Value: stderr, Allowed: "above 0"}
	}
	if n.err == nil {
		n.quantile = distuv.Normal{Mu: mean, Sigma: stderr}.Quantile
	}
	return n
}
