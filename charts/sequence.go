package charts

import (
	"fmt"
	"math"
	"strings"
	"time"

	"socketbook/charts/spec"
)

// Sequence draws a transfer as sequence numbers over virtual time: what was
// sent, what was acknowledged (the gap between the two is under way), each
// segment that was lost as a cross, and each that was sent again as a dot.
func Sequence(s Transfer) *Chart {
	return build("Sequence", func() (*Chart, error) {
		v, err := transfer(s)
		if err != nil {
			return nil, err
		}
		title, summary := v.say()
		return &Chart{fig: spec.Figure{
			Name: "sequence", Title: title, Summary: summary, Plane: v.plane(), Table: v.table(),
		}}, nil
	})
}

// sendView is a transfer as it was read.
type sendView struct {
	sends []Send
	again []bool
	acks  []Acked
	sent  [][2]float64 // seconds, highest byte sent
	acked [][2]float64
}

// transfer reads and checks the segments and the acknowledgments.
func transfer(s Transfer) (*sendView, error) {
	if err := given("the transfer", s); err != nil {
		return nil, err
	}
	n := s.Len()
	if err := length("Len: the transfer", n, maxPoints); err != nil {
		return nil, err
	}
	v := &sendView{}
	high := int64(0)
	for i := range n {
		var g Send
		g.At, g.Seq, g.Bytes, g.Lost = s.Send(i)
		where := fmt.Sprintf("segment %d", i)
		switch {
		case g.At < 0:
			return nil, fmt.Errorf("%s: at = %v: want 0 or later", where, g.At)
		case i > 0 && g.At < v.sends[i-1].At:
			return nil, fmt.Errorf("%s: at = %v after %v: want times in rising order", where, g.At, v.sends[i-1].At)
		case g.Seq < 0 || g.Seq > 1<<59:
			return nil, fmt.Errorf("%s: seq = %d: want 0 (the first byte) to %d", where, g.Seq, int64(1<<59))
		case g.Bytes < 1 || g.Bytes > 1<<31:
			return nil, fmt.Errorf("%s: bytes = %d: want 1 to %d", where, g.Bytes, int64(1<<31))
		}
		v.sends, v.again = append(v.sends, g), append(v.again, g.Seq < high)
		high = max(high, g.Seq+g.Bytes)
		v.sent = append(v.sent, [2]float64{g.At.Seconds(), float64(high)})
	}
	n = s.Acks()
	if n < 0 || n > maxPoints {
		return nil, fmt.Errorf("Acks = %d: want 0 to %s", n, comma(maxPoints))
	}
	v.acked = [][2]float64{{v.sent[0][0], 0}}
	for i := range n {
		var a Acked
		a.At, a.UpTo = s.Ack(i)
		where := fmt.Sprintf("acknowledgment %d", i)
		switch {
		case a.At < v.sends[0].At || i > 0 && a.At < v.acks[i-1].At:
			return nil, fmt.Errorf("%s: at = %v: want times in rising order, from the first segment on", where, a.At)
		case a.UpTo < 0 || a.UpTo > high:
			return nil, fmt.Errorf("%s: up to %d: want 0 to %d, the highest byte sent", where, a.UpTo, high)
		}
		v.acks = append(v.acks, a)
		v.acked = append(v.acked, [2]float64{a.At.Seconds(), max(float64(a.UpTo), v.acked[len(v.acked)-1][1])})
	}
	return v, nil
}

// end is the last instant, in seconds.
func (v *sendView) end() float64 {
	return max(v.sent[len(v.sent)-1][0], v.acked[len(v.acked)-1][0])
}

// plane lays the picture out.
func (v *sendView) plane() *spec.Plane {
	unit, per := timeUnit(v.end())
	high := v.sent[len(v.sent)-1][1]
	p := &spec.Plane{
		X: spec.Axis{Label: "virtual time (" + unit + ")", Value: "{value} " + unit, Min: v.sent[0][0] * per, Max: v.end() * per},
		Y: spec.Axis{Label: "bytes since the first", Max: nice(high * 1.1), Whole: true},
	}
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	p.Curves = []spec.Curve{
		{Name: "sent", Step: true, At: scaled(steps(v.sent, drawn/3), per, p.X.Max)},
		{Name: "acknowledged", Step: true, At: scaled(steps(v.acked, drawn/3), per, p.X.Max)},
	}
	p.Marks = v.marks(per)
	return p
}

// mostMarks is how many losses and repeats are drawn.
const mostMarks = 60

// marks are what was lost and what was sent again; the first of each is named
// with how many there are.
func (v *sendView) marks(per float64) []spec.Mark {
	var out []spec.Mark
	lost, again := v.lost()
	saidLost, saidAgain := false, false
	for i, g := range v.sends {
		m := spec.Mark{X: g.At.Seconds() * per, Y: float64(g.Seq + g.Bytes), Curve: 2}
		switch {
		case len(out) >= mostMarks:
		case g.Lost != "":
			m.Drop, m.Curve = true, lossColour
			if !saidLost {
				m.Label, saidLost = comma(int64(lost))+" lost: "+g.Lost, true
			}
			out = append(out, m)
		case v.again[i]:
			if !saidAgain {
				m.Label, saidAgain = comma(int64(again))+" sent again", true
			}
			out = append(out, m)
		}
	}
	return out
}

// lost counts the segments that were lost and those that were sent again.
func (v *sendView) lost() (lost, again int) {
	for i, g := range v.sends {
		if g.Lost != "" {
			lost++
		}
		if v.again[i] {
			again++
		}
	}
	return lost, again
}

// flying is the most bytes under way, and when.
func (v *sendView) flying() (most, when float64) {
	j := 0
	for _, p := range v.sent {
		for j+1 < len(v.acked) && v.acked[j+1][0] <= p[0] {
			j++
		}
		if f := p[1] - v.acked[j][1]; f > most {
			most, when = f, p[0]
		}
	}
	return most, when
}

// say states how much went over in which time, and what was lost.
func (v *sendView) say() (title, summary string) {
	high := v.sent[len(v.sent)-1][1]
	took := v.end() - v.sent[0][0]
	lost, again := v.lost()
	title = number(high) + " bytes in " + seconds(took)
	switch {
	case lost > 0:
		title += "; " + plural(int64(lost), "segment is lost", "segments are lost") + ", " + comma(int64(again)) + " sent again"
	case again > 0:
		title += "; none is lost, but " + comma(int64(again)) + " sent again"
	default:
		title += "; nothing is lost"
	}
	most, when := v.flying()
	title += "; at most " + number(most) + " bytes are under way"
	summary = plural(int64(len(v.sends)), "segment carries ", "segments carry ") + number(high) + " bytes in " + seconds(took) + " of virtual time"
	if took > 0 {
		summary += ", " + about(round(high/took, 3)) + " bytes a second"
	}
	summary += ". At most " + number(most) + " bytes are under way, at " + seconds(when) + "."
	if i, d := v.silence(); i > 0 {
		summary += " The longest silence before a segment is " + seconds(d) + ", at " + seconds(v.sends[i-1].At.Seconds()) + "."
	}
	var causes []string
	for _, g := range v.sends {
		if g.Lost != "" && !strings.Contains(strings.Join(causes, "\n"), g.Lost) {
			causes = append(causes, g.Lost)
		}
	}
	if causes != nil {
		summary += " Lost: " + list(causes) + "."
	}
	return title, summary
}

// silence is the longest time without a segment, and what ends it.
func (v *sendView) silence() (before int, d float64) {
	for i := 1; i < len(v.sends); i++ {
		if w := (v.sends[i].At - v.sends[i-1].At).Seconds(); w > d {
			before, d = i, w
		}
	}
	return before, d
}

// table lists segments and acknowledgments in order of time.
func (v *sendView) table() spec.Table {
	t := spec.Table{Columns: []string{"Virtual time", "Bytes sent", "Acknowledged up to", "Remark"}}
	j := 0
	acks := func(before time.Duration) {
		for ; j < len(v.acks) && v.acks[j].At < before; j++ {
			t.Rows = append(t.Rows, []string{duration(v.acks[j].At), "", comma(v.acks[j].UpTo), ""})
		}
	}
	for i, g := range v.sends {
		acks(g.At)
		var remarks []string
		if v.again[i] {
			remarks = append(remarks, "sent again")
		}
		if g.Lost != "" {
			remarks = append(remarks, "lost: "+g.Lost)
		}
		t.Rows = append(t.Rows, []string{duration(g.At), comma(g.Seq) + "–" + comma(g.Seq+g.Bytes-1), "", strings.Join(remarks, ", ")})
	}
	acks(math.MaxInt64)
	return capRows(t)
}
