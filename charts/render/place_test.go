package render

import (
	"fmt"
	"strings"
	"testing"

	"socketbook/charts/spec"
)

// TestLabelsKeepApart: at every width for which a layout is made, no label lies
// on another, on a mark, or outside the picture.
func TestLabelsKeepApart(t *testing.T) {
	for name, f := range figures(t) {
		if f.Plane == nil {
			continue
		}
		for _, l := range []layout{wide, narrow} {
			h := float64(planeHeight(l))
			g, _ := margins(f.Plane, l)
			pl := newPlacer(f.Plane, l, g, h)
			pl.place(labels(f.Plane, l))
			if len(pl.done) < 2 {
				t.Errorf("%s: %d labels", name, len(pl.done))
			}
			for _, v := range pl.views {
				for i, a := range pl.done {
					ra := pl.rect(a.spot, v.width)
					where := fmt.Sprintf("%s at %g px: %q", name, v.width, a.text)
					if ra.x0 < 0 || ra.x1 > v.width || ra.y0 < 0 || ra.y1 > h {
						t.Errorf("%s is outside: %v", where, ra)
					}
					for _, d := range v.dots {
						if ra.overlap(d) > 12 {
							t.Errorf("%s covers a mark", where)
						}
					}
					for _, b := range pl.done[i+1:] {
						if o := ra.overlap(pl.rect(b.spot, v.width)); o > 0 {
							t.Errorf("%s covers %q by %g px²", where, b.text, o)
						}
					}
				}
			}
		}
	}
}

// TestTicks: logarithmic axes are labelled at powers, 1,024 and 1,048,576 among
// those of two; linear ones at round numbers.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		desc string
		axis spec.Axis
		most float64
		want string
	}{
		{"powers of ten", spec.Axis{LogBase: 10, Min: 1000, Max: 100000}, 9, "1000 10000 100000"},
		{"fifteen decades", spec.Axis{LogBase: 10, Min: 1, Max: 1e15}, 9, "1 100 10000 1e+06 1e+08 1e+10 1e+12 1e+14"},
		{"ulimit -n", spec.Axis{LogBase: 2, Min: 16, Max: 8388608}, 6, "32 1024 32768 1.048576e+06"},
		{"few", spec.Axis{LogBase: 2, Min: 16, Max: 8388608}, 2, "1024 1.048576e+06"},
		{"two decades", spec.Axis{LogBase: 10, Min: 640, Max: 21000}, 9, "1000 2000 5000 10000 20000"},
		{"two decades, little room", spec.Axis{LogBase: 10, Min: 640, Max: 21000}, 3, "1000 3000 10000"},
		{"less than one step", spec.Axis{LogBase: 10, Min: 2, Max: 3}, 9, "2 3"},
		{"linear", spec.Axis{Max: 6}, 6, "0 1 2 3 4 5 6"},
		{"tenths", spec.Axis{Max: 0.3}, 6, "0 0.05 0.1 0.15 0.2 0.25 0.3"},
		{"whole", spec.Axis{Max: 2, Whole: true}, 6, "0 1 2"},
	} {
		if got := strings.Trim(fmt.Sprint(ticks(c.axis, c.most)), "[]"); got != c.want {
			t.Errorf("%s: %s, want %s", c.desc, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	if got := wrap("1,048,576 (fs.nr_open): 1,048,572", 170, textSize); got != "1,048,576\n(fs.nr_open):\n1,048,572" && strings.Count(got, "\n") == 0 {
		t.Errorf("wrap does not break: %q", got)
	}
	if got := wrap("about\u00a065,000", 10, textSize); strings.Contains(got, "\n") {
		t.Errorf("wrap breaks at a no-break space: %q", got)
	}
	if got := fit("10.0.0.1:80 ← 10.0.1.7:32768", 80, textSize); !strings.HasSuffix(got, "…") || width(got, textSize) > 80 {
		t.Errorf("fit: %q of %g px", got, width(got, textSize))
	}
	if got := ending("10.0.0.1:80 ← 10.0.1.7:32768", "10.0.0.1:80 ← 10.0.1.7:33767"); got != "33767" {
		t.Errorf("ending: %q", got)
	}
	if got := comma(-1234567); got != "-1,234,567" {
		t.Errorf("comma: %q", got)
	}
}

// TestSquares: every square is of the kind that most of its numbers are.
func TestSquares(t *testing.T) {
	d := &spec.Descriptors{Limit: 16, Runs: []spec.Run{{From: 0, To: 2, Kind: "a"}, {From: 3, To: 9, Kind: "b"}, {From: 10, To: 15}}}
	if got := fmt.Sprint(fill(d, 1, 16)); got != "[a a a b b b b b b b      ]" {
		t.Errorf("one each: %s", got)
	}
	if got := fmt.Sprintf("%q", fill(d, 4, 4)); got != `["a" "b" "b" ""]` {
		t.Errorf("four each: %s", got)
	}
	// A million descriptors are still about a thousand squares, and few shapes.
	big := &spec.Descriptors{Limit: 1 << 20, Runs: []spec.Run{{From: 0, To: 3, Kind: "a"}, {From: 4, To: 1<<20 - 1, Kind: "b"}}}
	shapes, _ := waffle(big, wide, map[string]string{"a": "$c0", "b": "$c1"}, 0)
	if len(shapes) > 40 {
		t.Errorf("%d shapes", len(shapes))
	}
}
