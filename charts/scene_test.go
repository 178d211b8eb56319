package charts

import (
	"strings"
	"testing"
)

// TestLadderRows: time runs downwards, whatever happens at once; a loss has no
// arrival; a silence is a break.
func TestLadderRows(t *testing.T) {
	l := Ladder(lossyTalk()).fig.Ladder
	if len(l.Arrows) != 10 || len(l.Notes) != 10 {
		t.Fatalf("%d arrows, %d notes", len(l.Arrows), len(l.Notes))
	}
	lost := 0
	for i, a := range l.Arrows {
		if a.To <= a.From || a.Lost == "" && a.To > l.Height {
			t.Errorf("arrow %d goes from %g to %g of %g", i, a.From, a.To, l.Height)
		}
		if i > 0 && a.From < l.Arrows[i-1].From {
			t.Errorf("arrow %d starts above the one before", i)
		}
		if a.Lost != "" {
			lost++
		}
		if a.Again != (i == 4) {
			t.Errorf("arrow %d (%s): again %v", i, a.Text, a.Again)
		}
	}
	if lost != 1 {
		t.Errorf("%d lost", lost)
	}
	if len(l.Breaks) != 1 || l.Breaks[0].Text != "200.1 ms pass" {
		t.Errorf("breaks %+v", l.Breaks)
	}
}

// TestBurst: segments that leave at one instant end apart, so that their texts do not
// lie on each other, also when they arrive at one instant, and when one is lost.
func TestBurst(t *testing.T) {
	l := Ladder(burstTalk()).fig.Ladder
	ends := map[bool][]float64{}
	for i, a := range l.Arrows {
		if burst := i < 9; a.Burst != burst {
			t.Errorf("arrow %d (%s): burst %v, want %v", i, a.Text, a.Burst, burst)
		}
		for _, to := range ends[a.FromLeft] {
			if d := a.To - to; a.Burst && d < 0.9 {
				t.Errorf("arrow %d (%s) ends at %g, another at %g", i, a.Text, a.To, to)
			}
		}
		ends[a.FromLeft] = append(ends[a.FromLeft], a.To)
		if a.To > l.Height {
			t.Errorf("arrow %d ends at %g of %g", i, a.To, l.Height)
		}
	}
	for _, b := range l.Times {
		if !b.Left && b.At == l.Arrows[1].To {
			t.Errorf("a time, %s, where the lost one did not arrive", b.Text)
		}
	}
}

// TestLongLadder: of a long conversation both ends and some losses are drawn,
// and what is left out is counted.
func TestLongLadder(t *testing.T) {
	l := Ladder(longTalk(5000)).fig.Ladder
	if n := len(l.Arrows); n != ladderMost {
		t.Errorf("%d arrows, want %d", n, ladderMost)
	}
	out, lost := 0, 0
	for _, b := range l.Breaks {
		if strings.HasSuffix(b.Text, "left out") {
			out++
		}
	}
	for _, a := range l.Arrows {
		if a.Lost != "" {
			lost++
		}
	}
	if out < 10 || lost < 10 {
		t.Errorf("%d breaks, %d losses", out, lost)
	}
	if first, last := l.Arrows[0].Text, l.Arrows[ladderMost-1].Text; first != "seq 0" || last != "seq 4999" {
		t.Errorf("from %q to %q", first, last)
	}
}

// TestStateNames: a state is known by each of its names.
func TestStateNames(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"ESTAB", "ESTABLISHED"}, {"SYN-RECV", "SYN_RECV"}, {"SYN_RCVD", "SYN_RECV"}, {"SYN-RECEIVED", "SYN_RECV"}, {"TCP_CLOSE", "CLOSED"},
		{"FIN-WAIT-1", "FIN_WAIT1"}, {"fin_wait2", "FIN_WAIT2"}, {"TIME-WAIT", "TIME_WAIT"}, {"UNCONN", "CLOSED"}, {"last-ack", "LAST_ACK"},
	} {
		if got, ok := stateName(c.in); !ok || got != c.want {
			t.Errorf("%s is %s, %v; want %s", c.in, got, ok, c.want)
		}
	}
	if _, ok := stateName("OPEN"); ok {
		t.Error("OPEN is a state")
	}
}

// TestHeat: a cell is the mean of its sockets; the levels run from the lowest
// to the highest.
func TestHeat(t *testing.T) {
	h, err := crowd(aMillion{})
	if err != nil {
		t.Fatal(err)
	}
	if h.per != 2000 || len(h.mean) != 500 {
		t.Errorf("%d cells of %d", len(h.mean), h.per)
	}
	sum := 0.0
	for i := range 2000 {
		sum += aMillion{}.Value(4000 + i)
	}
	if h.mean[2] != sum/2000 {
		t.Errorf("cell 2 is %v, want %v", h.mean[2], sum/2000)
	}
	c := h.cells()
	if !strings.Contains(c.Cells, "7") || !strings.Contains(c.Cells, "1") || c.Cells[c.Hot] != '7' {
		t.Errorf("levels %s, the hottest at %d", c.Cells, c.Hot)
	}
	for _, n := range []int{1, 500, 501, 999, 1_000_001, maxCrowd} {
		if cells := (n + perCell(n) - 1) / perCell(n); cells > heatCells || cells < 1 {
			t.Errorf("%d sockets are %d cells", n, cells)
		}
	}
	if level(5, 5, 5) != heatLevels || level(0, 1, 9) != 0 || level(1, 1, 9) != 1 || level(9, 1, 9) != heatLevels {
		t.Error("the ends of the scale are not its ends")
	}
}

// TestFlying: what is under way is what was sent and not yet acknowledged.
func TestFlying(t *testing.T) {
	v, err := transfer(Sent{Segments: []Send{{0, 0, 100, ""}, {1, 100, 100, "loss"}, {9, 100, 100, ""}}, Acked: []Acked{{5, 100}, {12, 200}}})
	if err != nil {
		t.Fatal(err)
	}
	if most, when := v.flying(); most != 200 || when != 1e-9 {
		t.Errorf("at most %v at %v", most, when)
	}
	if lost, again := v.lost(); lost != 1 || again != 1 {
		t.Errorf("%d lost, %d again", lost, again)
	}
}

// TestWindowFalls: a fall is a quarter or more.
func TestWindowFalls(t *testing.T) {
	v, err := window(lossyWindow())
	if err != nil {
		t.Fatal(err)
	}
	if n, when, from, to := v.falls(); n != 2 || when != 0.1 || from != 38 || to != 19 {
		t.Errorf("%d falls, first at %v from %v to %v", n, when, from, to)
	}
}
