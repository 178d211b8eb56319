package charts

import (
	"fmt"
	"strings"
	"time"

	"socketbook/charts/spec"
)

// Journey draws a packet's way through a host: the stations from top to
// bottom, the virtual time from left to right, a bar for the time that passes
// until the next station, and who moves bytes where. Times count from the
// first station.
func Journey(s Stops) *Chart {
	return build("Journey", func() (*Chart, error) {
		p, err := hops(s)
		if err != nil {
			return nil, err
		}
		title, summary := sayJourney(p)
		return &Chart{fig: spec.Figure{
			Name: "journey", Title: title, Summary: summary,
			Journey: timeline(p), Table: journeyTable(p),
		}}, nil
	})
}

// hops reads and checks the stations. Times are made to count from the first.
func hops(s Stops) (Path, error) {
	if err := given("the path", s); err != nil {
		return nil, err
	}
	n := s.Len()
	if err := length("Len: the path", n, maxStations); err != nil {
		return nil, err
	}
	var out Path
	var start, last time.Duration
	for i := range n {
		station, at, moved, by := s.Stop(i)
		if i == 0 {
			start, last = at, at
		}
		switch {
		case strings.TrimSpace(station) == "":
			return nil, fmt.Errorf("station %d: its name is empty: want a few words", i)
		case at < 0:
			return nil, fmt.Errorf("station %d (%s): at = %v: want 0 or later", i, station, at)
		case at < last:
			return nil, fmt.Errorf("station %d (%s): at = %v after %v: want times in rising order", i, station, at, last)
		case moved < 0:
			return nil, fmt.Errorf("station %d (%s): moved = %d bytes: want 0 or more", i, station, moved)
		case moved > 0 && by != "NIC" && by != "CPU":
			return nil, fmt.Errorf("station %d (%s): %d bytes moved by %q: want \"NIC\" or \"CPU\"", i, station, moved, by)
		}
		out = append(out, Hop{station, at - start, moved, by})
		last = at
	}
	return out, nil
}

// timeline lays the path along an axis in a handy unit.
func timeline(p Path) *spec.Journey {
	end := p[len(p)-1].At
	unit, per := timeUnit(end.Seconds())
	j := &spec.Journey{X: spec.Axis{Label: "virtual time (" + unit + ")", Max: end.Seconds() * per}}
	if j.X.Max == 0 {
		j.X.Max = 1
	}
	for i, h := range p {
		s := spec.Hop{Station: h.Station, At: h.At.Seconds() * per, By: h.By}
		if i+1 < len(p) {
			s.Took = duration(p[i+1].At - h.At)
		}
		if h.Moved > 0 {
			s.Bytes = comma(int64(h.Moved)) + " B"
			s.Did = map[string]string{"NIC": "DMA moves ", "CPU": "CPU copies "}[h.By] + s.Bytes
		}
		j.Hops = append(j.Hops, s)
	}
	return j
}

// sayJourney states how long it took and who copied.
func sayJourney(j Path) (title, summary string) {
	first, last := j[0], j[len(j)-1]
	total := duration(last.At)
	var cpu []string
	bytes := 0
	for _, h := range j {
		if h.Moved > 0 && h.By == "CPU" {
			cpu = append(cpu, h.Station)
			bytes += h.Moved
		}
	}
	copies := "no station copies with the CPU"
	switch len(cpu) {
	case 0:
	case 1:
		if cpu[0] == last.Station {
			copies = "the CPU’s one copy is the last step"
			break
		}
		copies = "the CPU copies once, at “" + cpu[0] + "”"
	case 2:
		copies = "the CPU copies twice, at “" + cpu[0] + "” and “" + cpu[1] + "”"
	default:
		copies = "the CPU copies " + comma(int64(len(cpu))) + " times: " + strings.Join(cpu, ", ")
	}
	title = "From “" + first.Station + "” to “" + last.Station + "” in " + total + "; " + copies
	summary = "A packet passes " + plural(int64(len(j)), "station", "stations") + " in " + total + " of virtual time; " + copies
	if bytes > 0 {
		summary += " (" + plural(int64(bytes), "byte", "bytes") + ")"
	}
	if i, d := longest(j); d > 0 {
		summary += "; the longest wait is " + duration(d) + " at “" + j[i].Station + "”"
	}
	return title, summary + "."
}

// longest returns the station after which most time passes.
func longest(j Path) (at int, d time.Duration) {
	for i := 1; i < len(j); i++ {
		if w := j[i].At - j[i-1].At; w > d {
			at, d = i-1, w
		}
	}
	return at, d
}

// journeyTable lists the stations with the time until the next.
func journeyTable(j Path) spec.Table {
	t := spec.Table{Columns: []string{"Station", "Reached at", "Until the next", "Bytes moved", "By"}}
	for i, h := range j {
		row := []string{h.Station, duration(h.At), "", "", h.By}
		if i+1 < len(j) {
			row[2] = duration(j[i+1].At - h.At)
		}
		if h.Moved > 0 {
			row[3] = comma(int64(h.Moved))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
