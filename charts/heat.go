package charts

import (
	"fmt"
	"math"
	"strings"

	"socketbook/charts/spec"
)

// Bounds of a heat map.
const (
	maxCrowd   = 1 << 27 // sockets
	heatCells  = 500     // cells at most
	heatLevels = 7       // levels above nothing
)

// HeatMap draws one value of each of very many sockets, by their number, row by
// row. It is aggregated, so that the page stays small: of a million sockets one
// cell is the mean of two thousand. A socket that stands out is named by its
// number.
func HeatMap(c Crowd) *Chart {
	return build("HeatMap", func() (*Chart, error) {
		h, err := crowd(c)
		if err != nil {
			return nil, err
		}
		title, summary := h.say()
		return &Chart{fig: spec.Figure{
			Name: "heat-map", Title: title, Summary: summary, Heat: h.cells(), Table: h.table(),
		}}, nil
	})
}

// heat is a crowd as it was read: added up, cell by cell.
type heat struct {
	what, unit string
	n, per     int
	mean       []float64 // of each cell
	sum        float64
	some       int // values above 0
	most       float64
	who        int // the first socket with the most
}

// crowd reads every value once.
func crowd(c Crowd) (*heat, error) {
	if err := given("the crowd", c); err != nil {
		return nil, err
	}
	h := &heat{n: c.Len()}
	if err := length("Len: the crowd", h.n, maxCrowd); err != nil {
		return nil, err
	}
	h.what, h.unit = c.Quantity()
	if err := named("Quantity", "name", h.what); err != nil {
		return nil, err
	}
	h.per = perCell(h.n)
	for i := 0; i < h.n; i += h.per {
		sum := 0.0
		end := min(h.n, i+h.per)
		for j := i; j < end; j++ {
			v := c.Value(j)
			// Not by value(): a million times a text would be made for nothing.
			if !(v >= 0 && v <= mostValue) {
				return nil, value(fmt.Sprintf("socket %d", j), h.what, v, 0, mostValue)
			}
			sum += v
			if v > 0 {
				h.some++
			}
			if v > h.most {
				h.most, h.who = v, j
			}
		}
		h.mean = append(h.mean, sum/float64(end-i))
		h.sum += sum
	}
	return h, nil
}

// perCell is how many sockets a cell stands for: 1, 2 or 5 times a power of
// ten.
func perCell(n int) int {
	for p := 1; ; p *= 10 {
		for _, m := range []int{1, 2, 5} {
			if (n+m*p-1)/(m*p) <= heatCells {
				return m * p
			}
		}
	}
}

// extremes are the lowest mean above nothing, the highest, and where that is.
func (h *heat) extremes() (lo, hi float64, at int) {
	lo = math.Inf(1)
	for i, v := range h.mean {
		if v > hi {
			hi, at = v, i
		}
		if v > 0 {
			lo = min(lo, v)
		}
	}
	return min(lo, hi), hi, at
}

// level of a mean: 0 for nothing, then 1 to heatLevels. Where the highest is
// more than twenty times the lowest the steps are equal factors, else equal
// differences.
func level(v, lo, hi float64) int {
	if v <= 0 {
		return 0
	}
	if hi <= lo {
		return heatLevels
	}
	f := (v - lo) / (hi - lo)
	if hi > 20*lo {
		f = math.Log(v/lo) / math.Log(hi/lo)
	}
	return 1 + min(heatLevels-1, max(0, int(f*heatLevels)))
}

// edgeOf a level: the mean at which it begins.
func edgeOf(k int, lo, hi float64) float64 {
	f := float64(k-1) / heatLevels
	if hi > 20*lo {
		return lo * math.Pow(hi/lo, f)
	}
	return lo + f*(hi-lo)
}

// short writes a value with its unit.
func (h *heat) short(v float64) string {
	s := about(round(v, 2))
	if h.unit == "B" {
		for _, u := range []struct {
			size float64
			name string
		}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}} {
			if v >= u.size {
				return digits(v/u.size, 2) + "\u00a0" + u.name
			}
		}
	}
	if h.unit != "" {
		s += "\u00a0" + h.unit
	}
	return s
}

// cells quantizes the means.
func (h *heat) cells() *spec.Heat {
	lo, hi, at := h.extremes()
	var b strings.Builder
	for _, v := range h.mean {
		b.WriteByte(byte('0' + level(v, lo, hi)))
	}
	s := &spec.Heat{Cells: b.String(), Hot: at, Levels: []string{"0"}}
	s.Says = "one cell is one socket, 0 to " + comma(int64(h.n-1))
	if h.per > 1 {
		s.Says = "one cell is " + comma(int64(h.per)) + " sockets (their mean), from 0 to " + comma(int64(h.n-1))
	}
	switch {
	case hi == 0:
		s.Hot = -1
	case hi <= lo:
		s.Levels = append(s.Levels, "", "", "", "", "", "", h.short(hi))
		s.Hot = -1
	default:
		for k := 1; k <= heatLevels; k++ {
			s.Levels = append(s.Levels, "from "+h.short(edgeOf(k, lo, hi)))
		}
		s.HotIs = h.span(at) + ": " + h.short(hi) + h.each()
	}
	return s
}

// each says that a number is a mean.
func (h *heat) each() string {
	if h.per > 1 {
		return " each"
	}
	return ""
}

// span names the sockets of a cell.
func (h *heat) span(cell int) string {
	from, to := cell*h.per, min(h.n, (cell+1)*h.per)-1
	if from == to {
		return "socket " + comma(int64(from))
	}
	return "sockets " + comma(int64(from)) + "–" + comma(int64(to))
}

// say states how many hold anything, and who most.
func (h *heat) say() (title, summary string) {
	share := float64(h.some) / float64(h.n)
	many := plural(int64(h.n), "socket", "sockets")
	if h.some == 0 {
		title = "None of " + many + " has " + h.what
		return title, title + ": every cell of the map is empty."
	}
	title = percent(share) + " of " + many + " have " + h.what + ", " + h.short(h.sum) + " in all"
	if h.some == h.n {
		title = "All " + many + " have " + h.what + ", " + h.short(h.sum) + " in all"
	}
	lo, hi, at := h.extremes()
	summary = upper(h.what) + " of " + many + " by their number: " + comma(int64(h.some)) + " have some, " + h.short(h.sum) + " in all, " +
		h.short(h.sum/float64(h.n)) + " in the mean. The most has socket " + comma(int64(h.who)) + " with " + h.short(h.most) + "."
	if len(h.mean) > 1 && hi > lo {
		summary += " The fullest cell is " + h.span(at) + " with " + h.short(hi) + h.each() + "; " + h.halves()
	}
	return title, summary
}

// halves compares the older sockets with the younger: the trend of the map.
func (h *heat) halves() string {
	var a, b float64
	for i, v := range h.mean {
		if i < len(h.mean)/2 {
			a += v / float64(len(h.mean)/2)
		} else {
			b += v / float64(len(h.mean)-len(h.mean)/2)
		}
	}
	switch {
	case a > 1.1*b:
		return "the first half has more than the second, " + h.short(a) + " against " + h.short(b) + " in the mean."
	case b > 1.1*a:
		return "the second half has more than the first, " + h.short(b) + " against " + h.short(a) + " in the mean."
	}
	return "both halves have about the same, " + h.short((a+b)/2) + " in the mean."
}

// table lists some cells, the first and the last included.
func (h *heat) table() spec.Table {
	col := "Mean"
	if h.per == 1 {
		col = upper(h.what)
	}
	if h.unit != "" {
		col += " (" + h.unit + ")"
	}
	t := spec.Table{Columns: []string{"Sockets", col}}
	for _, i := range sample(len(h.mean), tableRows) {
		t.Rows = append(t.Rows, []string{strings.TrimPrefix(strings.TrimPrefix(h.span(i), "sockets "), "socket "), number(round(h.mean[i], 4))})
	}
	if n := len(h.mean); n > len(t.Rows) {
		t.Note = comma(int64(len(t.Rows))) + " of " + comma(int64(n)) + " cells."
	}
	return t
}
