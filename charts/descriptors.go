package charts

import (
	"fmt"
	"strconv"
	"strings"

	"socketbook/charts/spec"
)

// Descriptors draws the descriptor table of a process: each number with what
// it is, neighbours of one kind as one line, so that a thousand connections
// stay readable; and every number up to the limit as a square.
func Descriptors(t FDTable) *Chart {
	return build("Descriptors", func() (*Chart, error) {
		d, err := runs(t)
		if err != nil {
			return nil, err
		}
		title, summary := sayDescriptors(d)
		return &Chart{fig: spec.Figure{
			Name: "descriptors", Title: title, Summary: summary,
			Descriptors: d, Table: descriptorTable(d),
		}}, nil
	})
}

// runs reads the table and joins neighbours of one kind. Gaps below the
// limit become runs of free numbers.
func runs(t FDTable) (*spec.Descriptors, error) {
	if err := given("the table", t); err != nil {
		return nil, err
	}
	n := t.Len()
	if err := length("Len: the table", n, maxOpen); err != nil {
		return nil, err
	}
	d := &spec.Descriptors{Open: n, Limit: t.Limit()}
	if d.Limit < 0 || d.Limit > maxOpen {
		return nil, fmt.Errorf("Limit = %d: want 0 (unknown) to %s", d.Limit, comma(maxOpen))
	}
	next := 0
	for i := range n {
		fd, kind, detail := t.Row(i)
		switch {
		case fd < next:
			return nil, fmt.Errorf("row %d: fd = %d: want numbers in rising order, here %d or more", i, fd, next)
		case fd >= maxOpen:
			return nil, fmt.Errorf("row %d: fd = %d: want less than %s", i, fd, comma(maxOpen))
		case strings.TrimSpace(kind) == "":
			return nil, fmt.Errorf("row %d (fd %d): its kind is empty: want a word", i, fd)
		}
		if fd > next {
			d.Runs = append(d.Runs, spec.Run{From: next, To: fd - 1})
		}
		extend(d, fd, kind, detail)
		next = fd + 1
	}
	if d.Limit > next {
		d.Runs = append(d.Runs, spec.Run{From: next, To: d.Limit - 1})
	}
	for i, r := range d.Runs {
		switch n := r.To - r.From + 1; {
		case r.Kind == "":
			d.Runs[i].What = comma(int64(n)) + " free"
		case n == 1:
			d.Runs[i].What = r.Kind
		default:
			d.Runs[i].What = several(n, r.Kind)
		}
	}
	return d, nil
}

// extend adds one descriptor to the last run, or starts a new one. 0, 1 and 2
// are joined only with each other: they are the three every process is born
// with.
func extend(d *spec.Descriptors, fd int, kind, detail string) {
	if n := len(d.Runs); n > 0 && fd != 3 {
		if r := &d.Runs[n-1]; r.Kind == kind && r.To == fd-1 {
			r.To, r.Last = fd, detail
			return
		}
	}
	d.Runs = append(d.Runs, spec.Run{From: fd, To: fd, Kind: kind, First: detail, Last: detail})
}

// kindCount is a kind with how many descriptors are of it.
type kindCount struct {
	kind string
	n    int
}

// kinds counts, in the order in which the kinds appear.
func kinds(d *spec.Descriptors) []kindCount {
	var out []kindCount
next:
	for _, r := range d.Runs {
		n := r.To - r.From + 1
		if r.Kind == "" {
			continue
		}
		for i := range out {
			if out[i].kind == r.Kind {
				out[i].n += n
				continue next
			}
		}
		out = append(out, kindCount{r.Kind, n})
	}
	return out
}

// several counts a kind: 1,000 connections, 3 × /dev/null. A name that is no
// plain word has no plural.
func several(n int, kind string) string {
	for _, r := range kind {
		if r < 'a' || r > 'z' {
			return comma(int64(n)) + "\u00a0×\u00a0" + kind
		}
	}
	return plural(int64(n), kind, kind+"s")
}

// sayDescriptors states how many are taken, by what, and how many are left.
func sayDescriptors(d *spec.Descriptors) (title, summary string) {
	var parts []string
	for _, k := range kinds(d) {
		parts = append(parts, several(k.n, k.kind))
	}
	open := plural(int64(d.Open), "descriptor is open", "descriptors are open")
	what := strings.Join(parts, ", ")
	title = upper(what) + ": " + open
	summary = open + ": " + what
	if d.Limit > 0 {
		left := d.Limit - d.Open
		title = comma(int64(d.Open)) + " of " + comma(int64(d.Limit)) + " descriptors are taken: " + what
		summary += "; the limit is " + comma(int64(d.Limit))
		switch {
		case left > 0:
			summary += ", " + comma(int64(left)) + " are left"
		default:
			summary += ", none is left: the next open fails with EMFILE"
			title = "All " + comma(int64(d.Limit)) + " descriptors are taken: the next accept fails with EMFILE"
		}
	}
	return title, upper(summary) + "."
}

// descriptorTable lists the runs.
func descriptorTable(d *spec.Descriptors) spec.Table {
	t := spec.Table{Columns: []string{"Descriptors", "Count", "What", "First", "Last"}}
	for _, r := range d.Runs {
		span, kind := strconv.Itoa(r.From), r.Kind
		if r.To > r.From {
			span += "–" + strconv.Itoa(r.To)
		}
		if kind == "" {
			kind = "free"
		}
		last := r.Last
		if r.To == r.From {
			last = ""
		}
		t.Rows = append(t.Rows, []string{span, comma(int64(r.To - r.From + 1)), kind, r.First, last})
	}
	return capRows(t)
}

// capRows keeps a table readable: the first rows and the last.
func capRows(t spec.Table) spec.Table {
	if n := len(t.Rows); n > tableRows {
		keep := append(t.Rows[:tableRows/2:tableRows/2], t.Rows[n-tableRows/2:]...)
		t.Note = comma(int64(tableRows)) + " of " + comma(int64(n)) + " rows: the first and the last."
		t.Rows = keep
	}
	return t
}
