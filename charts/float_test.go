package charts

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"socketbook/charts/render"
)

// odd are the floats that break arithmetic.
var odd = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 1e-9, 1e-300, 5e-324, 1e18, 1.0000001e18, 1e300, math.MaxFloat64,
	math.Inf(1), math.Inf(-1), math.NaN(), 1024, 3, 1 << 53, 999.9999999999999}

// floats deals numbers: odd ones, and ordinary ones of any size.
type floats struct{ *rand.Rand }

func (f floats) any() float64 {
	if f.IntN(3) == 0 {
		return odd[f.IntN(len(odd))]
	}
	return math.Pow(10, f.Float64()*20-2)
}

// rising are n of them in order, for without order little is drawn.
func (f floats) rising(n int) []float64 {
	out := make([]float64, n)
	x := math.Pow(10, f.Float64()*6-2)
	for i := range out {
		x *= 1 + f.Float64()*10
		out[i] = x
	}
	if f.IntN(4) == 0 {
		out[f.IntN(n)] = f.any()
	}
	return out
}

func (f floats) points(n int) Points {
	p := Points{Label: "a"}
	for _, x := range f.rising(n) {
		p.At = append(p.At, Point{x, f.any()})
	}
	return p
}

// anyChart makes a picture of every kind from such numbers.
func (f floats) anyChart() map[string]*Chart {
	t := f.rising(3)
	u := f.rising(3)
	d := time.Duration(f.Int64N(1 << 40))
	return map[string]*Chart{
		"nofile":    AgainstNofile(f.points(1 + f.IntN(4))),
		"addresses": AgainstAddresses(f.points(2), f.points(3)),
		"memory":    AgainstSocketMemory(f.points(1 + f.IntN(4))),
		"tuples":    TupleSpace(Range{Points: Points{Label: "b", At: []Point{{1, t[1]}}}, Lo: t[:1], Hi: t[2:]}, f.points(2)),
		"queue":     Queue(Samples{Points: f.points(3), Refused: []Dropped{{d, 1, "X"}}}),
		"map":       LimitMap(grid(t, u, "a", "b")),
		"outcome":   Outcome(Outcomes{Sorted: f.rising(1 + f.IntN(5))}),
		"queues":    Queue(Samples{Points: f.points(2)}, Samples{Points: f.points(3), Most: 3, Refused: []Dropped{{d, 1, "X"}}}),
		"heat":      HeatMap(Sockets{What: "bytes", Unit: "B", Values: []float64{f.any(), t[0], t[1]}}),
		"window":    Window(Windows{Points: f.points(2), Thresholds: []float64{f.any(), t[0]}, Noticed: []Lost{{d, "timeout"}}}),
		"tornado":   Tornado(Swings{Middle: f.any(), Inputs: []Swing{{"a", "1", "2", f.any(), f.any()}, {"b", "1", "2", t[0], t[1]}}}),
		"odds":      Odds(Walls{{"a", t[0], t[1], t[2], f.Float64()}, {"b", u[0], u[1], u[2], 0}}),
		"published": AgainstPublished(Published{Cases: []Report{{"a", t[0], t[1], t[2], u[0], "", ""}, {"b", u[0], u[1], u[2], f.any(), "KB", "at most"}}}),
		"onesocket": OneSocket(Whole{Of: []Part{{"a", f.any()}, {"b", t[0]}}}),
	}
}

// TestAnyFloat: whatever the numbers, a picture is drawn or refused by name;
// nothing panics, and no NaN gets as far as the page.
func TestAnyFloat(t *testing.T) {
	f := floats{rand.New(rand.NewPCG(1, 2))}
	drawn, refused := map[string]int{}, map[string]int{}
	for range 400 {
		for name, c := range f.anyChart() {
			if err := c.Err(); err != nil {
				refused[name]++
				if strings.Contains(err.Error(), "reading the data") || !strings.Contains(err.Error(), "want") {
					t.Fatalf("%s: the error is no sentence about a field: %v", name, err)
				}
				continue
			}
			if _, err := json.Marshal(c.fig); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, s := range []string{c.Title(), c.Text()} {
				if strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
					t.Fatalf("%s says %q", name, s)
				}
			}
			// Drawing takes longer: the first few of each kind.
			if drawn[name]++; drawn[name] > 3 {
				continue
			}
			html, err := render.FigureHTML(&c.fig)
			if err != nil || strings.Contains(html, "NaN") {
				t.Fatalf("%s: drawn as %.200q, %v\n%s", name, html, err, c.Text())
			}
		}
	}
	for name := range f.anyChart() {
		if drawn[name] < 4 || refused[name] < 4 {
			t.Errorf("%s: %d drawn, %d refused: the numbers try too little", name, drawn[name], refused[name])
		}
	}
}
