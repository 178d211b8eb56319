package charts

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// liar promises more points than it has.
type liar struct{ Points }

func (l liar) Len() int { return len(l.At) + 1 }

// marked points at something.
type marked struct {
	Points
	x, y  float64
	label string
}

func (m marked) Marks() int                        { return 1 }
func (m marked) Mark(int) (x, y float64, l string) { return m.x, m.y, m.label }

func xy(v ...float64) Points {
	var p Points
	for i := 0; i+1 < len(v); i += 2 {
		p.At = append(p.At, Point{v[i], v[i+1]})
	}
	return p
}

// grid is a map whose limits come one after another, column by column.
func grid(xs, ys []float64, limits ...string) Grid {
	g := Grid{XLabel: "x", YLabel: "y", Xs: xs, Ys: ys}
	for j := range ys {
		var who []string
		for i := range xs {
			who = append(who, limits[(i*len(ys)+j)%len(limits)])
		}
		g.Limit, g.Connections = append(g.Limit, who), append(g.Connections, make([]float64, len(xs)))
	}
	return g
}

// off points beside the map.
func off(g Grid) Grid {
	g.Here = []Place{{9, 1, "here"}}
	return g
}

// longTalk is n segments of which every hundredth is lost.
func longTalk(n int) Talk {
	t := Talk{Left: "a", Right: "b"}
	for i := range n {
		at := time.Duration(i) * time.Millisecond
		s := Segment{i%2 == 0, at, at + 300*time.Microsecond, fmt.Sprintf("seq %d", i), ""}
		if i%100 == 50 {
			s.Lost = "link loss"
		}
		t.Said = append(t.Said, s)
	}
	return t
}

// saw is a window that falls n times.
func saw(n int) Windows {
	var w Windows
	for i := range n {
		at := time.Duration(i) * time.Second
		w.At = append(w.At, Point{at.Seconds(), 10}, Point{at.Seconds() + 0.5, 20})
		w.Thresholds = append(w.Thresholds, 12, 12)
		w.Noticed = append(w.Noticed, Lost{at + time.Second, "timeout"})
	}
	return w
}

// TestBadInput: each mistake gets an error that names the field, the value and
// what is allowed, and nothing panics.
func TestBadInput(t *testing.T) {
	ok := xy(1, 1, 10, 10)
	var nobody *Points
	us := time.Microsecond
	for _, c := range []struct {
		desc  string
		chart *Chart
		want  string
	}{
		{"no curve", AgainstNofile(), "0 curves: want 1 to 6"},
		{"a nil curve", AgainstNofile(nil), "curve 0 is nil"},
		{"a nil pointer", AgainstNofile(nobody), "curve 0 is a nil *charts.Points"},
		{"an empty curve", AgainstNofile(Points{}), "curve 0: Len has 0: want 1 to 1,000,000"},
		{"NaN", AgainstNofile(xy(1, math.NaN())), "point 0: y = NaN: want a finite number"},
		{"infinity", AgainstNofile(xy(1, 1, math.Inf(1), 2)), "point 1: x = +Inf: want a finite number"},
		{"zero on a logarithmic axis", AgainstNofile(xy(4, 0)), "point 0: y = 0: want a number above 0, for the axis is logarithmic"},
		{"negative", AgainstAddresses(xy(-1, 5)), "point 0: x = -1: want a number above 0"},
		{"too large", AgainstAddresses(xy(1, 1e19)), "y = 1e+19: want at most 1e18"},
		{"x falls", AgainstSocketMemory(xy(10, 1, 5, 2)), "point 1: x = 5 after 10: want x in rising order"},
		{"two curves without a name", AgainstAddresses(ok, ok), "curve 0 has no name"},
		{"seven curves", AgainstAddresses(ok, ok, ok, ok, ok, ok, ok), "7 curves: want 1 to 6"},
		{"Len is longer than the data", AgainstNofile(liar{ok}), "index out of range"},
		{"a mark at zero", AgainstNofile(marked{ok, 0, 1, "here"}), "Mark, point 0: x = 0"},
		{"a mark without words", AgainstNofile(marked{ok, 1, 1, " "}), "mark 0: its label is empty"},

		{"a band that does not hold the curve", AgainstNofile(Range{Points: xy(1, 5), Lo: []float64{6}, Hi: []float64{9}}),
			"curve 0, Band(0): P50 = 5 below P5 = 6"},
		{"a band of infinity", TupleSpace(Range{Points: xy(1, 5), Lo: []float64{1}, Hi: []float64{math.Inf(1)}}),
			"curve 0, Band(0): P95 = +Inf: want a finite number"},
		{"a band too short", TupleSpace(Range{Points: xy(1, 5)}), "index out of range"},

		{"no grid", LimitMap(nil), "the grid is nil"},
		{"a grid of one column", LimitMap(grid([]float64{1}, []float64{1, 2}, "a")), "X has 1 value: want 2 to 512"},
		{"a grid at zero", LimitMap(grid([]float64{0, 1}, []float64{1, 2}, "a")), "X, value 0: it = 0: want 1e-09 to 1e+18"},
		{"a grid that falls", LimitMap(grid([]float64{1, 2}, []float64{2, 1}, "a")), "Y, value 1: 1 after 2: want values in rising order"},
		{"a grid of seven limits", LimitMap(grid([]float64{1, 2, 3, 4}, []float64{1, 2}, "a", "b", "c", "d", "e", "f", "g")), `limit = "g" is the 7th: want at most 6`},
		{"a place off the map", LimitMap(off(grid([]float64{1, 2}, []float64{1, 2}, "a"))), "Mark 0 (here): (9, 1): want a place on the map, 1 to 2 and 1 to 2"},
		{"no draws", Outcome(Outcomes{}), "Len: the draws has 0"},
		{"draws that fall", Outcome(Outcomes{Sorted: []float64{2, 1}}), "draw 1: 1 after 2: want answers in rising order"},
		{"a share of NaN", Outcome(Outcomes{Sorted: []float64{1}, Limits: Walls{{Limit: "RAM", Binds: math.NaN()}}}), "share 0 (RAM): probability = NaN"},

		{"no conversation", Ladder(nil), "the conversation is nil"},
		{"nobody talks", Ladder(Talk{Left: "a", Right: "b"}), "Len: the conversation has 0"},
		{"an end without a name", Ladder(Talk{Left: "a", Said: []Segment{{true, 0, 1, "SYN", ""}}}), "Ends: its right name is empty"},
		{"a segment without words", Ladder(Talk{Left: "a", Right: "b", Said: []Segment{{true, 0, 1, "", ""}}}), "segment 0: its text is empty"},
		{"a segment that arrives early", Ladder(Talk{Left: "a", Right: "b", Said: []Segment{{true, 2, 1, "SYN", ""}}}),
			"segment 0 (SYN): arrived at 1ns, sent at 2ns: want it to arrive after it was sent, or to say why it was lost"},
		{"segments out of order", Ladder(Talk{Left: "a", Right: "b", Said: []Segment{{true, 2, 3, "SYN", ""}, {true, 1, 3, "ACK", ""}}}),
			"segment 1 (ACK): sent at 1ns after one at 2ns"},
		{"a note in the past", Ladder(Talk{Left: "a", Right: "b", Said: []Segment{{true, 0, 1, "SYN", ""}}, Asides: []Aside{{true, -1, "x"}}}), "note 0 (x): at = -1ns"},

		{"no way", States(), "0 paths: want 1 to 2"},
		{"a nil way", States(nil), "path 0 is nil"},
		{"an unknown state", States(Way{Steps: []Step{{"OPEN", 0, ""}}}), `path 0, step 0: state = "OPEN": want one of CLOSED, LISTEN`},
		{"a way back in time", States(Way{Steps: []Step{{"CLOSED", 2, ""}, {"LISTEN", 1, ""}}}), "path 0, step 1 (LISTEN): at = 1ns, earlier than"},
		{"two ways without names", States(Way{Steps: []Step{{"CLOSED", 0, ""}}}, Way{Steps: []Step{{"CLOSED", 0, ""}}}), "path 0 has no name"},

		{"no crowd", HeatMap(nil), "the crowd is nil"},
		{"an empty crowd", HeatMap(Sockets{What: "x"}), "Len: the crowd has 0"},
		{"a crowd of nothing named", HeatMap(Sockets{Values: []float64{1}}), "Quantity: its name is empty"},
		{"a socket of NaN", HeatMap(Sockets{What: "bytes", Values: []float64{1, math.NaN()}}), "socket 1: bytes = NaN: want a finite number"},
		{"a negative socket", HeatMap(Sockets{What: "bytes", Values: []float64{-1}}), "socket 0: bytes = -1: want 0 to 1e+18"},

		{"no window", Window(nil), "the samples is nil"},
		{"a threshold of NaN", Window(Windows{Points: xy(0, 1), Thresholds: []float64{math.NaN()}}), "sample 0: Threshold = NaN"},
		{"a loss without a cause", Window(Windows{Points: xy(0, 1), Thresholds: []float64{0}, Noticed: []Lost{{0, ""}}}), "loss 0: its cause is empty"},
		{"losses out of order", Window(Windows{Points: xy(0, 1), Thresholds: []float64{0}, Noticed: []Lost{{2, "a"}, {1, "a"}}}), "loss 1 (a): at = 1ns after 2ns"},
		{"no transfer", Sequence(nil), "the transfer is nil"},
		{"a segment of nothing", Sequence(Sent{Segments: []Send{{0, 0, 0, ""}}}), "segment 0: bytes = 0: want 1 to"},
		{"a negative number", Sequence(Sent{Segments: []Send{{0, -1, 1, ""}}}), "segment 0: seq = -1: want 0 (the first byte) to"},
		{"an ack of what was not sent", Sequence(Sent{Segments: []Send{{0, 0, 9, ""}}, Acked: []Acked{{1, 10}}}), "acknowledgment 0: up to 10: want 0 to 9"},
		{"an ack too early", Sequence(Sent{Segments: []Send{{5, 0, 9, ""}}, Acked: []Acked{{1, 9}}}), "acknowledgment 0: at = 1ns: want times in rising order"},

		{"no path", Journey(nil), "the path is nil"},
		{"an empty path", Journey(Path{}), "want 1 to 24"},
		{"a station without a name", Journey(Path{{"", 0, 0, ""}}), "station 0: its name is empty"},
		{"time runs backwards", Journey(Path{{"a", 2 * us, 0, ""}, {"b", us, 0, ""}}), "station 1 (b): at = 1µs after 2µs"},
		{"negative time", Journey(Path{{"a", -us, 0, ""}}), "at = -1µs: want 0 or later"},
		{"negative bytes", Journey(Path{{"a", 0, -1, "CPU"}}), "moved = -1 bytes: want 0 or more"},
		{"moved by nobody known", Journey(Path{{"a", 0, 9, "GPU"}}), `9 bytes moved by "GPU": want "NIC" or "CPU"`},

		{"no table", Descriptors(nil), "the table is nil"},
		{"an empty table", Descriptors(Table{}), "the table has 0"},
		{"numbers twice", Descriptors(Table{Open: []FD{{3, "a", ""}, {3, "a", ""}}}), "row 1: fd = 3: want numbers in rising order, here 4 or more"},
		{"a negative number", Descriptors(Table{Open: []FD{{-1, "a", ""}}}), "row 0: fd = -1"},
		{"a huge number", Descriptors(Table{Open: []FD{{1 << 30, "a", ""}}}), "want less than 2,097,152"},
		{"no kind", Descriptors(Table{Open: []FD{{3, "", ""}}}), "row 0 (fd 3): its kind is empty"},
		{"a negative limit", Descriptors(Table{Soft: -5, Open: []FD{{3, "a", ""}}}), "Limit = -5: want 0 (unknown) to"},

		{"no queue", Queue(), "0 queues: want 1 to 6"},
		{"two queues, one without a name", Queue(Samples{Points: Points{Label: "a", At: []Point{{0, 1}}}}, Samples{Points: xy(0, 1)}), "queue 1 has no name"},
		{"no samples", Queue(nil), "the samples is nil"},
		{"empty samples", Queue(Samples{}), "Len has 0"},
		{"a negative length", Queue(Samples{Points: xy(0, -1)}), "y = -1: want 0 or more"},
		{"a negative bound", Queue(Samples{Points: xy(0, 1), Most: -1}), "Bound = -1: want 0 (none) or more"},
		{"a drop without a name", Queue(Samples{Points: xy(0, 1), Refused: []Dropped{{0, 1, ""}}}), "drop 0: its counter is empty"},
		{"a drop of nothing", Queue(Samples{Points: xy(0, 1), Refused: []Dropped{{0, 0, "X"}}}), "drop 0: n = 0: want 1 or more"},
		{"no sensitivity", Tornado(nil), "the sensitivity is nil"},
		{"no inputs", Tornado(Swings{Middle: 1}), "Len: the sensitivity has 0"},
		{"a base of zero", Tornado(Swings{Inputs: []Swing{{"a", "1", "2", 1, 2}}}), "the sensitivity: Base = 0: want 1e-09 to 1e+18"},
		{"an answer that is no number", Tornado(Swings{Middle: 1, Inputs: []Swing{{"a", "1", "2", 1, math.NaN()}}}),
			"input 0 (a): answer at its high value = NaN: want a finite number"},
		{"an input without a value", Tornado(Swings{Middle: 1, Inputs: []Swing{{"a", "", "2", 1, 2}}}), "input 0: its low value is empty"},
		{"no limits", Odds(Walls(nil)), "Len: the limits has 0"},
		{"percentiles out of order", Odds(Walls{{"RAM", 3, 2, 5, 0}}), "limit 0 (RAM): P50 = 2 below P5 = 3: want percentiles in rising order"},
		{"a probability above one", Odds(Walls{{"RAM", 1, 2, 3, 1.5}}), "limit 0 (RAM): probability of binding = 1.5: want 0 to 1"},
		{"probabilities above one", Odds(Walls{{"RAM", 1, 2, 3, 0.6}, {"fds", 1, 2, 3, 0.6}}), "sum up to 1.2: want at most 1"},
		{"a report of nothing", AgainstPublished(Published{Cases: []Report{{"x", 1, 2, 3, 0, "", ""}}}), "report 0 (x): reported = 0: want 1e-09 to 1e+18"},
		{"a report of an unknown kind", AgainstPublished(Published{Cases: []Report{{"x", 1, 2, 3, 4, "", "maybe"}}}),
			`report 0 (x): kind = "maybe": want "measured", "at most" or "at least"`},
		{"a report of nobody", AgainstPublished(Published{Cases: []Report{{" ", 1, 2, 3, 4, "", ""}}}), "report 0: its source is empty"},
		{"negative bytes of a part", OneSocket(Whole{Of: []Part{{"sock", -1}}}), "part 0 (sock): bytes = -1: want 0 to 1e+15"},
		{"nothing in all", OneSocket(Whole{Of: []Part{{"sock", 0}}}), "the parts sum up to 0 bytes: want more than 0"},
		{"drops out of order", Queue(Samples{Points: xy(0, 1), Refused: []Dropped{{us, 1, "X"}, {0, 1, "X"}}}), "drop 1: at = 0s after 1µs"},
	} {
		err := c.chart.Err()
		if err == nil {
			t.Errorf("%s: no error", c.desc)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "charts.") {
			t.Errorf("%s: error %q, want it to say %q", c.desc, err, c.want)
		}
		if _, err := c.chart.HTML(); err == nil {
			t.Errorf("%s: HTML draws it", c.desc)
		}
		if err := c.chart.WriteFile("/nowhere"); err != c.chart.Err() {
			t.Errorf("%s: WriteFile says %v", c.desc, err)
		}
	}
}

// TestSmallInput: the least and the oddest that is allowed is drawn.
func TestSmallInput(t *testing.T) {
	for desc, c := range map[string]*Chart{
		"one point":                AgainstNofile(xy(1024, 1020)),
		"one point off the marks":  AgainstAddresses(xy(7, 7)),
		"a flat curve":             AgainstSocketMemory(xy(1000, 5, 2000, 5)),
		"points with the same x":   AgainstNofile(xy(10, 1, 10, 5, 20, 9)),
		"one station":              Journey(Path{{"rx ring", 0, 0, ""}}),
		"no time passes":           Journey(Path{{"a", 0, 0, ""}, {"b", 0, 0, ""}}),
		"one descriptor, no limit": Descriptors(Table{Open: []FD{{0, "file", ""}}}),
		"more open than the limit": Descriptors(Table{Soft: 1, Open: []FD{{0, "file", ""}, {9, "file", ""}}}),
		"one sample":               Queue(Samples{Points: xy(0, 0)}),
		"a band of no width":       AgainstNofile(Range{Points: xy(16, 5, 32, 7), Lo: []float64{5, 7}, Hi: []float64{5, 7}}),
		"a band of one point":      AgainstNofile(Range{Points: xy(16, 5), Lo: []float64{4}, Hi: []float64{6}}),
		"few tuples":               TupleSpace(xy(1, 1)),
		"a map of one limit":       LimitMap(grid([]float64{1, 2}, []float64{1, 2}, "a")),
		"a chequered map":          LimitMap(grid([]float64{1, 2, 3}, []float64{1, 2, 3, 4}, "a", "b", "c", "b")),
		"one draw":                 Outcome(Outcomes{Sorted: []float64{7}}),
		"draws far apart":          Outcome(Outcomes{Sorted: []float64{1e-9, 1e18}}),
		"one segment":              Ladder(Talk{Left: "a", Right: "b", Said: []Segment{{true, 0, 0, "SYN", ""}}}),
		"only a loss":              Ladder(Talk{Left: "a", Right: "b", Said: []Segment{{false, 5, 0, "RST", "no route"}}}),
		"a long conversation":      Ladder(longTalk(5000)),
		"one state":                States(Way{Steps: []Step{{"TCP_LISTEN", 0, ""}}}),
		"a reset":                  States(Way{Steps: []Step{{"SYN-SENT", 0, ""}, {"CLOSED", 1, "RST"}, {"LISTEN", 2, ""}, {"LISTEN", 3, ""}}}),
		"one socket":               HeatMap(Sockets{What: "bytes", Values: []float64{7}}),
		"sockets of nothing":       HeatMap(Sockets{What: "bytes", Unit: "B", Values: make([]float64, 3)}),
		"one window":               Window(Windows{Points: xy(0, 0), Thresholds: []float64{0}}),
		"a saw":                    Window(saw(50)),
		"one byte":                 Sequence(Sent{Segments: []Send{{0, 0, 1, ""}}}),
		"nothing moves it":         Tornado(Swings{Middle: 5, Inputs: []Swing{{"a", "1", "2", 5, 5}}}),
		"both ends on one side":    Tornado(Swings{Middle: 5, Inputs: []Swing{{"a", "1", "2", 50, 90}, {"b", "1", "2", 1, 2}}}),
		"one limit":                Odds(Walls{{"RAM", 7, 7, 7, 1}}),
		"limits far apart":         Odds(Walls{{"RAM", 1e-9, 1, 1e18, 0}, {"fds", 1e18, 1e18, 1e18, 0}}),
		"one report":               AgainstPublished(Published{Label: "bytes", Cases: []Report{{"x", 4, 4, 4, 4, "", ""}}}),
		"one part":                 OneSocket(Whole{Of: []Part{{"sock", 1}}}),
		"a part of nothing":        OneSocket(Whole{Of: []Part{{"sock", 0}, {"file", 1e-3}}}),
		"drops only":               Queue(Samples{Points: xy(0, 0), Refused: []Dropped{{0, 5, "ListenDrops"}}}),
	} {
		if c.Err() != nil {
			t.Errorf("%s: %v", desc, c.Err())
		} else if _, err := c.HTML(); err != nil {
			t.Errorf("%s: %v", desc, err)
		}
	}
}
