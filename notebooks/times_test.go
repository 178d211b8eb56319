package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/runner"
)

// cellTimes collects how long cells took, compiling included. A reader shall not wait
// a second for a cell; what that is differs from machine to machine, so it is
// reported and not tested.
type cellTimes struct {
	mu   sync.Mutex
	took []cellTime
}

type cellTime struct {
	lesson, id string
	live       bool
	took       time.Duration
}

func (c *cellTimes) add(lesson string, p runner.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, cellTime{lesson, p.Cell.ID, p.Cell.Tagged(ipynb.Live), p.Took})
}

// slowest lists the n cells that took longest, the slowest first.
func (c *cellTimes) slowest(n int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sorted := slices.Clone(c.took)
	slices.SortFunc(sorted, func(a, b cellTime) int {
		return cmp.Or(cmp.Compare(b.took, a.took), strings.Compare(a.lesson+a.id, b.lesson+b.id))
	})
	var b strings.Builder
	fmt.Fprintf(&b, "the slowest of %d cells:\n", len(sorted))
	for _, s := range sorted[:min(n, len(sorted))] {
		mark := ""
		if s.live {
			mark = "  (live)"
		}
		fmt.Fprintf(&b, "%6.2f s  %s, cell %s%s\n", s.took.Seconds(), s.lesson, s.id, mark)
	}
	return b.String()
}

func TestSlowestCells(t *testing.T) {
	var times cellTimes
	for i, took := range []time.Duration{time.Second, 3 * time.Second, 2 * time.Second} {
		c := &ipynb.Cell{ID: string(rune('a' + i))}
		if i == 1 {
			c.Metadata = ipynb.Object{"tags": []any{ipynb.Live}}
		}
		times.add("01-x.ipynb", runner.Progress{Cell: c, Took: took})
	}
	want := "the slowest of 3 cells:\n  3.00 s  01-x.ipynb, cell b  (live)\n  2.00 s  01-x.ipynb, cell c\n"
	if got := times.slowest(2); got != want {
		t.Errorf("the list is\n%s; want\n%s", got, want)
	}
}
