package linux

import (
	"fmt"
	"strings"
)

// Table is the answers of both kernels to one program.
type Table struct {
	Rows []Row
	Note string // what is not as on the simulated host, and not to be compared
	Err  error  // why there is no real kernel; the rows have no Real then
}

// Row is one call.
type Row struct {
	Process, Call   string
	Simulated, Real string // the answers, "" for a call that was not made
	Same            bool
}

// Differences is how many answers differ.
func (t *Table) Differences() int {
	n := 0
	for _, r := range t.Rows {
		if !r.Same {
			n++
		}
	}
	return n
}

// merge puts the answers side by side: the n-th call of a process on one host
// beside its n-th on the other, in the order of the simulated host. nil is no
// second host.
func (t *Table) merge(sim, actual []Answer) {
	others := map[string][]Answer{}
	for _, a := range actual {
		others[a.Process] = append(others[a.Process], a)
	}
	for _, a := range sim {
		r := Row{Process: a.Process, Call: a.Call, Simulated: a.Text, Same: actual == nil}
		if list := others[a.Process]; len(list) > 0 {
			b := list[0]
			others[a.Process] = list[1:]
			r.Real = b.Text
			r.Same = a == b
			if a.Call != b.Call {
				r.Real = b.Call + " = " + b.Text
			}
		}
		t.Rows = append(t.Rows, r)
	}
	for _, a := range actual {
		if list := others[a.Process]; len(list) > 0 && list[0] == a {
			others[a.Process] = list[1:]
			t.Rows = append(t.Rows, Row{Process: a.Process, Call: a.Call, Real: a.Text})
		}
	}
}

// String is the table, with a mark at each difference.
func (t *Table) String() string {
	wide := [4]int{len("process"), len("call"), len("simulated"), len("this Linux")}
	one := true
	for _, r := range t.Rows {
		for i, s := range [4]string{r.Process, r.Call, r.Simulated, r.Real} {
			wide[i] = max(wide[i], len(s))
		}
		one = one && r.Process == t.Rows[0].Process
	}
	var b strings.Builder
	line := func(process, call, sim, actual, mark string) {
		s := fmt.Sprintf("%-*s  %-*s", wide[1], call, wide[2], sim)
		if !one {
			s = fmt.Sprintf("%-*s  %s", wide[0], process, s)
		}
		if t.Err == nil {
			s += fmt.Sprintf("  %-*s  %s", wide[3], actual, mark)
		}
		b.WriteString(strings.TrimRight(s, " ") + "\n")
	}
	line("process", "call", "simulated", "this Linux", "")
	for _, r := range t.Rows {
		mark := ""
		if !r.Same {
			mark = "<- differs"
		}
		line(r.Process, r.Call, r.Simulated, r.Real, mark)
	}
	switch n := t.Differences(); {
	case t.Err != nil:
		fmt.Fprintf(&b, "No answers of a real kernel: %v\n", t.Err)
	case n == 0:
		fmt.Fprintf(&b, "All %d answers agree.\n", len(t.Rows))
	default:
		fmt.Fprintf(&b, "%d of %d answers differ.\n", n, len(t.Rows))
	}
	if t.Note != "" {
		b.WriteString(t.Note + "\n")
	}
	return b.String()
}
