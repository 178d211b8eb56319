package charts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"socketbook/charts/spec"
)

// Bounds of a ladder.
const (
	maxSegments = 100_000
	ladderEnd   = 14  // segments drawn at either end of a long conversation
	ladderMost  = 40  // segments drawn in all
	breakAfter  = 4   // flights without an event are drawn as a break
	lostRoom    = 1.3 // rows for a segment that is lost
	lostLine    = 0.6 // and for a second line of why
	lostLong    = 38  // characters of it that are more than one line
)

// sent is a segment as it was read.
type sent struct {
	number     int
	fromLeft   bool
	at, arrive time.Duration
	what, lost string
	again      bool
	short      string // what it says in a burst, where room is dear; "": all of it
	burst      bool   // others are sent in the same direction at the same instant
}

// Ladder draws a conversation of two hosts as a ladder: one lifeline on either
// side, time downwards, an arrow for each segment from the instant it was sent
// to the instant it arrived; one that was lost is crossed out and says why.
// Time is stretched where much happens: every instant has a row, and a long
// silence is a break with its length. Of a long conversation the beginning, the
// end and what was lost are drawn.
func Ladder(s Segments) *Chart {
	return build("Ladder", func() (*Chart, error) {
		all, err := segments(s)
		if err != nil {
			return nil, err
		}
		notes, err := events(s)
		if err != nil {
			return nil, err
		}
		l := &spec.Ladder{}
		l.Left, l.Right = s.Ends()
		if err := named("Ends", "left name", l.Left); err != nil {
			return nil, err
		}
		if err := named("Ends", "right name", l.Right); err != nil {
			return nil, err
		}
		climb(l, all, notes)
		title, summary := sayLadder(all, l.Left, l.Right)
		return &Chart{fig: spec.Figure{
			Name: "ladder", Title: title, Summary: summary, Ladder: l, Table: ladderTable(all, l.Left, l.Right),
		}}, nil
	})
}

// segments reads the conversation; times are made to count from its start.
func segments(s Segments) ([]sent, error) {
	if err := given("the conversation", s); err != nil {
		return nil, err
	}
	n := s.Len()
	if err := length("Len: the conversation", n, maxSegments); err != nil {
		return nil, err
	}
	var out []sent
	lost := map[string]bool{}
	for i := range n {
		g := sent{number: i + 1}
		g.fromLeft, g.at, g.arrive, g.what, g.lost = s.Segment(i)
		where := fmt.Sprintf("segment %d", i)
		if err := named(where, "text", g.what); err != nil {
			return nil, err
		}
		switch {
		case g.at < 0:
			return nil, fmt.Errorf("%s (%s): sent at %v: want 0 or later", where, g.what, g.at)
		case i > 0 && g.at < out[i-1].at:
			return nil, fmt.Errorf("%s (%s): sent at %v after one at %v: want segments in the order of sending", where, g.what, g.at, out[i-1].at)
		case g.lost == "" && g.arrive < g.at:
			return nil, fmt.Errorf("%s (%s): arrived at %v, sent at %v: want it to arrive after it was sent, or to say why it was lost", where, g.what, g.arrive, g.at)
		}
		key := fmt.Sprint(g.fromLeft, g.what)
		g.again = lost[key]
		if g.lost != "" {
			lost[key] = true
		}
		out = append(out, g)
	}
	return out, nil
}

// event is something that happens at one end.
type event struct {
	left bool
	at   time.Duration
	text string
}

// events reads what is to be said beside the lifelines, in order of time.
func events(s Segments) ([]event, error) {
	noted, ok := s.(Noted)
	if !ok {
		return nil, nil
	}
	n := noted.Notes()
	if n < 0 || n > maxSegments {
		return nil, fmt.Errorf("Notes = %d: want 0 to %s", n, comma(maxSegments))
	}
	var out []event
	for i := range n {
		var e event
		e.left, e.at, e.text = noted.Note(i)
		where := fmt.Sprintf("note %d", i)
		if err := named(where, "text", e.text); err != nil {
			return nil, err
		}
		if e.at < 0 {
			return nil, fmt.Errorf("%s (%s): at = %v: want 0 or later", where, e.text, e.at)
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b event) int { return int(max(-1, min(1, a.at-b.at))) })
	return out, nil
}

// drawnOf picks the segments that are drawn: all of a short conversation, of a
// long one both ends and what was lost or repeated, as far as there is room.
func drawnOf(all []sent) []sent {
	if len(all) <= ladderMost {
		return all
	}
	var out []sent
	for i, g := range all {
		end := i < ladderEnd || i >= len(all)-ladderEnd
		if end || (g.lost != "" || g.again) && len(out) < ladderMost-ladderEnd {
			out = append(out, g)
		}
	}
	return out
}

// flight is how long a segment is under way, in the middle.
func flight(all []sent) time.Duration {
	var took []time.Duration
	for _, g := range all {
		if g.lost == "" {
			took = append(took, g.arrive-g.at)
		}
	}
	if took == nil {
		return time.Millisecond
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// climb gives every instant a row, and lays arrows, times and notes along them.
func climb(l *spec.Ladder, all []sent, notes []event) {
	draw := drawnOf(all)
	typical := flight(all)
	start := all[0].at
	var instants, ticks []time.Duration
	bursts(draw)
	for i := range draw {
		instants = append(instants, draw[i].at)
		ticks = append(ticks, draw[i].at)
		if draw[i].lost == "" {
			ticks = append(ticks, draw[i].arrive)
		}
		if draw[i].lost == "" || draw[i].burst {
			instants = append(instants, draw[i].arrive)
		}
	}
	near := notes[:0:0]
	for _, e := range notes {
		if len(draw) == len(all) || slices.Contains(instants, e.at) {
			near = append(near, e)
			instants = append(instants, e.at)
			ticks = append(ticks, e.at)
			start = min(start, e.at)
		}
	}
	slices.Sort(instants)
	instants = slices.Compact(instants)
	slices.Sort(ticks)
	row := map[time.Duration]float64{}
	y := 0.0
	next := 0 // of draw
	for i, t := range instants {
		if i > 0 {
			y++
			if out := skipped(draw, next); out > 0 && next < len(draw) && draw[next].at == t {
				l.Breaks = append(l.Breaks, spec.Break{At: y + 0.2, Text: plural(int64(out), "segment is", "segments are") + " left out"})
				y += 1.4
			} else if gap := t - instants[i-1]; gap > breakAfter*typical && gap > 0 {
				l.Breaks = append(l.Breaks, spec.Break{At: y + 0.2, Text: duration(gap) + " pass"})
				y += 1.4
			}
		}
		row[t] = y
		for ; next < len(draw) && draw[next].at <= t; next++ {
			if draw[next].lost != "" && !draw[next].burst {
				y += lostRoom // to say why
				if len(draw[next].lost) > lostLong {
					y += lostLine
				}
			}
		}
		y += max(notesAt(l, t, near, y), together(draw, t))
	}
	l.Height = y + 1
	arrows(l, draw, row, clock(slices.Compact(ticks), start))
}

// arrows lays the segments between the rows, with their times at the ends.
func arrows(l *spec.Ladder, draw []sent, row map[time.Duration]float64, at func(time.Duration) string) {
	for _, g := range draw {
		a := spec.Arrow{FromLeft: g.fromLeft, From: row[g.at], To: row[g.at] + lostRoom, Text: cmp.Or(g.short, g.what), Lost: g.lost, Again: g.again, Burst: g.burst}
		tick(l, g.fromLeft, a.From, at(g.at))
		switch {
		case g.lost == "":
			if a.To = row[g.arrive]; a.To == a.From {
				a.To += 0.4 // no time passes: an arrow still goes downwards
			}
			tick(l, !g.fromLeft, row[g.arrive], at(g.arrive))
			a.To += onTop(l.Arrows, a)
		case g.burst:
			a.To = row[g.arrive]
		default:
			a.To = max(a.To, beneath(l.Arrows, a))
		}
		l.Arrows = append(l.Arrows, a)
	}
}

// onTop is by how much the end of a segment moves so as not to lie on those that
// have the same two instants.
func onTop(arrows []spec.Arrow, a spec.Arrow) (rows float64) {
	for _, b := range arrows {
		if b.FromLeft == a.FromLeft && b.From == a.From && b.Lost == "" && b.To-a.To-rows < togetherRoom/2 && b.To >= a.To+rows {
			rows = b.To - a.To + togetherRoom
		}
	}
	return rows
}

// bursts marks the segments that leave one end at the same instant, and gives those
// of them that are lost a place among the arrivals: just before that of the next one
// which arrives, or just after the last one's.
func bursts(draw []sent) {
	for first := 0; first < len(draw); {
		end := first + 1
		for end < len(draw) && draw[end].at == draw[first].at {
			end++
		}
		for _, left := range []bool{true, false} {
			var fan []*sent
			for i := first; i < end; i++ {
				if draw[i].fromLeft == left {
					fan = append(fan, &draw[i])
				}
			}
			if len(fan) > 1 {
				fanOut(fan)
			}
		}
		first = end
	}
}

func fanOut(fan []*sent) {
	arrives := func(g *sent) bool { return g.lost == "" }
	if !slices.ContainsFunc(fan, arrives) {
		return // one beneath the other
	}
	for i, g := range fan {
		g.burst = true
		if i > 0 {
			g.short = without(g.what, fan[0].what)
		}
		if arrives(g) {
			continue
		}
		if next := slices.IndexFunc(fan[i:], arrives); next > 0 {
			g.arrive = max(g.at+1, fan[i+next].arrive-time.Duration(next))
		} else {
			g.arrive = fan[i-1].arrive + 1
		}
	}
}

// without is what a data segment says without the acknowledgment that the first of its
// burst has said already: "seq 1449 len 1448" of "ACK seq 1449 ack 1 len 1448".
func without(what, first string) string {
	words, said := strings.Fields(what), strings.Fields(first)
	at, before := slices.Index(words, "ack"), slices.Index(said, "ack")
	if at < 0 || before < 0 || at+1 >= len(words) || before+1 >= len(said) || words[at+1] != said[before+1] || !slices.Contains(words, "len") {
		return ""
	}
	words = slices.Delete(words, at, at+2)
	if words[0] == "ACK" {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// togetherRoom is how many rows apart two arrows end that have the same two instants.
const togetherRoom = 1.05

// together is how many rows it takes, below an instant, to tell apart the segments that
// arrive at it and were sent together.
func together(draw []sent, t time.Duration) (rows float64) {
	type way struct {
		fromLeft bool
		at       time.Duration
	}
	seen := map[way]int{}
	for _, g := range draw {
		if g.burst && g.arrive == t {
			seen[way{g.fromLeft, g.at}]++
			rows = max(rows, togetherRoom*float64(seen[way{g.fromLeft, g.at}]-1))
		}
	}
	return rows
}

// beneath is where a lost segment points so as not to cross the one sent before
// it: links do not overtake.
func beneath(arrows []spec.Arrow, a spec.Arrow) float64 {
	for _, b := range slices.Backward(arrows) {
		if b.FromLeft == a.FromLeft {
			if b.To > a.From {
				return min(b.To+a.From-b.From, a.From+3)
			}
			break
		}
	}
	return 0
}

// skipped is how many segments are left out before the one of number next.
func skipped(draw []sent, next int) int {
	if next == 0 || next >= len(draw) {
		return 0
	}
	return draw[next].number - draw[next-1].number - 1
}

// notesAt writes what happens at an instant below its row, and returns the
// rows that takes.
func notesAt(l *spec.Ladder, t time.Duration, notes []event, y float64) (rows float64) {
	var left, right float64
	for _, e := range notes {
		if e.at != t {
			continue
		}
		n := &right
		if e.left {
			n = &left
		}
		*n += 0.75
		l.Notes = append(l.Notes, spec.Beside{Left: e.left, At: y + *n, Text: e.text})
	}
	return max(left, right)
}

// clock writes times since the start with as many digits as it takes to tell
// the instants apart.
func clock(instants []time.Duration, start time.Duration) func(time.Duration) string {
	digits := 4
	for ; digits < 7; digits++ {
		seen := map[string]bool{}
		for _, t := range instants {
			seen[precisely(t-start, digits)] = true
		}
		if len(seen) == len(instants) {
			break
		}
	}
	return func(t time.Duration) string { return precisely(t-start, digits) }
}

// tick writes the time of a row on one side, once.
func tick(l *spec.Ladder, left bool, at float64, t string) {
	b := spec.Beside{Left: left, At: at, Text: t}
	if !slices.Contains(l.Times, b) {
		l.Times = append(l.Times, b)
	}
}

// sayLadder states how many segments, how long, and what was lost.
func sayLadder(all []sent, left, right string) (title, summary string) {
	first, end := all[0].at, all[len(all)-1].at
	var lost []sent
	again, fromLeft := 0, 0
	fin := false
	for _, g := range all {
		if g.lost != "" {
			lost = append(lost, g)
		} else {
			end = max(end, g.arrive)
		}
		if g.again {
			again++
		}
		if g.fromLeft {
			fromLeft++
		}
		fin = fin || strings.Contains(g.what, "FIN")
	}
	how := plural(int64(len(all)), "segment", "segments")
	if strings.HasPrefix(all[0].what, "SYN") && fin {
		how += " from SYN to FIN"
	}
	title = how + " in " + duration(end-first)
	summary = upper(left) + " and " + right + " exchange " + how + " in " + duration(end-first) + " of virtual time, " +
		comma(int64(fromLeft)) + " from the first and " + comma(int64(len(all)-fromLeft)) + " from the second."
	switch len(lost) {
	case 0:
		title += "; none is lost"
		summary += " None is lost."
	case 1:
		title += "; “" + lost[0].what + "” is lost (" + lost[0].lost + ")"
		summary += " One is lost: “" + lost[0].what + "”, sent at " + duration(lost[0].at-first) + " (" + lost[0].lost + ")."
	default:
		title += "; " + comma(int64(len(lost))) + " are lost"
		summary += " " + comma(int64(len(lost))) + " are lost, the first at " + duration(lost[0].at-first) + " (" + lost[0].lost + ")."
	}
	if again > 0 {
		title += ", and " + plural(int64(again), "is sent again", "are sent again")
		if again == 1 && len(lost) == 1 {
			title = strings.TrimSuffix(title, "1 is sent again") + "is sent again"
		}
		summary += " " + upper(plural(int64(again), "segment repeats", "segments repeat")) + " what was lost."
	}
	if i, d := silence(all); d > breakAfter*flight(all) {
		summary += " The longest silence is " + duration(d) + ", before “" + all[i].what + "”."
	}
	return title, summary
}

// silence is the longest time without a segment being sent, and what ends it.
func silence(all []sent) (before int, d time.Duration) {
	for i := 1; i < len(all); i++ {
		if w := all[i].at - all[i-1].at; w > d {
			before, d = i, w
		}
	}
	return before, d
}

// ladderTable lists the segments.
func ladderTable(all []sent, left, right string) spec.Table {
	t := spec.Table{Columns: []string{"Sent at", "From", "Segment", "Arrives at", "Lost"}}
	for _, g := range all {
		from, arrives := left, duration(g.arrive-all[0].at)
		if !g.fromLeft {
			from = right
		}
		if g.lost != "" {
			arrives = ""
		}
		t.Rows = append(t.Rows, []string{duration(g.at - all[0].at), from, g.what, arrives, g.lost})
	}
	return capRows(t)
}
