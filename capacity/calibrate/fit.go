package calibrate

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// Fit is a line through what was measured: bytes of the kernel against the
// number of connections. Its slope is what one more connection costs.
type Fit struct {
	State  string  `json:"state"`  // what kind of connection
	Bytes  float64 `json:"bytes"`  // slope, bytes a connection (both ends)
	Stderr float64 `json:"stderr"` // its standard error
	R2     float64 `json:"r2"`     // 1: all points on the line
	Points int     `json:"points"` // that counted
	Most   int     `json:"most"`   // connections at once
}

// fit draws the line of least squares. With fewer than three points, or all of
// them at one place, it says no.
func fit(state string, n, bytes []float64) (Fit, bool) {
	f := Fit{State: state, Points: len(n)}
	if len(n) < 3 {
		return f, false
	}
	_, spread := stat.PopMeanVariance(n, nil)
	if spread == 0 {
		return f, false
	}
	alpha, beta := stat.LinearRegression(n, bytes, nil, false)
	f.Bytes = beta
	f.R2 = stat.RSquared(n, bytes, nil, alpha, beta)
	rest := 0.0
	for i := range n {
		d := bytes[i] - alpha - beta*n[i]
		rest += d * d
	}
	f.Stderr = math.Sqrt(rest / float64(len(n)-2) / (spread * float64(len(n))))
	return f, !math.IsNaN(f.Bytes) && !math.IsNaN(f.R2)
}
