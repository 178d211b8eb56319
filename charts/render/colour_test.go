package render

import (
	"math"
	"strconv"
	"testing"
)

// Matrices of Machado, Oliveira and Fernandes, "A physiologically-based model
// for simulation of color vision deficiency" (2009), table 1, severity 1.0:
// linear RGB as such a reader sees it.
var readers = map[string][3][3]float64{
	"all colours":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// TestColourBlind: the first three series colours, which is what most pictures
// have, are told apart by every reader in light and dark (CIE 1976 difference
// of 10, four times what is just seen). Beyond three, dashes, shapes, borders
// and the names written in place do it: two of six colours may look alike.
func TestColourBlind(t *testing.T) {
	for who, m := range readers {
		for paper, p := range map[string]palette{"light": light, "dark": dark} {
			for i := range 3 {
				for j := range i {
					a, b := seen(t, p["c"+itoa(i)], m), seen(t, p["c"+itoa(j)], m)
					if d := math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2])); d < 10 {
						t.Errorf("%s, %s: c%d and c%d differ by %.1f", who, paper, i, j, d)
					}
				}
			}
		}
	}
}

// seen is a colour in CIELAB (D65) as a reader sees it.
func seen(t *testing.T, colour string, m [3][3]float64) [3]float64 {
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	var rgb, r [3]float64
	for i := range rgb {
		c := float64(n>>(8*(2-i))&0xff) / 255
		if rgb[i] = c / 12.92; c > 0.04045 {
			rgb[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	for i := range r {
		for j := range rgb {
			r[i] += m[i][j] * rgb[j]
		}
		r[i] = min(1, max(0, r[i]))
	}
	f := func(v float64) float64 {
		if v > 0.008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	x := f((0.4124*r[0] + 0.3576*r[1] + 0.1805*r[2]) / 0.9505)
	y := f(0.2126*r[0] + 0.7152*r[1] + 0.0722*r[2])
	z := f((0.0193*r[0] + 0.1192*r[1] + 0.9505*r[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}
