package oracle

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// Matcher compares results with expectations. It keeps the port and length
// variables of a case between steps. Everything else must be equal.
type Matcher struct {
	lo, hi int
	vars   map[string]string
}

// NewMatcher is the matcher for a case.
func NewMatcher(c *Case) *Matcher {
	m := &Matcher{lo: 32768, hi: 60999, vars: map[string]string{}}
	first := true
	widen := func(text string) {
		var lo, hi int
		if n, _ := fmt.Sscan(text, &lo, &hi); n != 2 {
			return
		}
		if first {
			m.lo, m.hi = lo, hi
		}
		m.lo, m.hi = min(m.lo, lo), max(m.hi, hi)
	}
	if text, ok := c.Sysctl["net.ipv4.ip_local_port_range"]; ok {
		widen(text)
		first = false
	} else {
		first = false
	}
	for _, s := range c.Steps {
		if s.Call == "sysctl" && s.Key == "net.ipv4.ip_local_port_range" {
			widen(s.Value)
		}
	}
	return m
}

// Save names the port of a result, for a step with "save".
func (m *Matcher) Save(name string, got *Result) {
	if got != nil && got.Addr != nil {
		_, port := splitAddr(*got.Addr)
		m.vars["$"+name] = port
	}
}

// Port is the port a variable stands for.
func (m *Matcher) Port(name string) (string, bool) {
	p, ok := m.vars[name]
	return p, ok
}

// Match is "" when got is what is expected, else what differs.
func (m *Matcher) Match(want, got *Result) string {
	if want == nil {
		return ""
	}
	if got == nil {
		return "no result"
	}
	w, g := *want, *got
	if w.Err != g.Err {
		return differ(want, got)
	}
	if w.Addr != nil && g.Addr != nil {
		wip, wport := splitAddr(*w.Addr)
		gip, gport := splitAddr(*g.Addr)
		if wip != gip {
			return differ(want, got)
		}
		if strings.HasPrefix(wport, "$") {
			if d := m.port(wport, gport); d != "" {
				return d
			}
			w.Addr, g.Addr = nil, nil
		}
	}
	if w.Total != "" && g.Total != "" {
		if d := m.total(w.Total, g.Total); d != "" {
			return d
		}
		w.Total, g.Total = "", ""
	}
	if !reflect.DeepEqual(normal(w), normal(g)) {
		return differ(want, got)
	}
	return ""
}

func differ(want, got *Result) string { return fmt.Sprintf("expected %v, got %v", want, got) }

// port binds a port variable, or compares it with what it is bound to.
func (m *Matcher) port(name, got string) string {
	if old, ok := m.vars[name]; ok {
		if old != got {
			return fmt.Sprintf("port %s was %s, now %s", name, old, got)
		}
		return ""
	}
	n, err := strconv.Atoi(got)
	if err != nil || n < m.lo || n > m.hi {
		return fmt.Sprintf("port %s is %s, outside the ephemeral range %d to %d", name, got, m.lo, m.hi)
	}
	m.vars[name] = got
	return ""
}

// total compares how many bytes fill and drain moved.
func (m *Matcher) total(want, got string) string {
	n, err := strconv.Atoi(got)
	switch {
	case want == ">0" || strings.HasPrefix(want, "$") && m.vars["total"+want] == "":
		if err != nil || n <= 0 {
			return "total is " + got + ", not positive"
		}
		if want != ">0" {
			m.vars["total"+want] = got
		}
	case strings.HasPrefix(want, "$"):
		if old := m.vars["total"+want]; old != got {
			return fmt.Sprintf("total %s was %s, now %s", want, old, got)
		}
	case want != got:
		return "total is " + got + ", expected " + want
	}
	return ""
}

// normal brings a result into a form that compares by DeepEqual: sets sorted,
// numbers of one type.
func normal(r Result) Result {
	sorted := func(s []string) []string {
		c := append([]string{}, s...)
		sort.Strings(c)
		return c
	}
	if r.Revents != nil {
		c := make([][]string, len(r.Revents))
		for i, s := range r.Revents {
			c[i] = sorted(s)
		}
		r.Revents = c
	}
	events := append([]Event{}, r.Events...)
	for i := range events {
		events[i].Ev = sorted(events[i].Ev)
	}
	sort.SliceStable(events, func(i, j int) bool {
		if events[i].Tag != events[j].Tag {
			return events[i].Tag < events[j].Tag
		}
		return strings.Join(events[i].Ev, ",") < strings.Join(events[j].Ev, ",")
	})
	r.Events = events
	r.Flags = sorted(r.Flags)
	r.R, r.W, r.E = append([]Value{}, r.R...), append([]Value{}, r.W...), append([]Value{}, r.E...)
	r.Val = number(r.Val)
	return r
}

func number(v any) any {
	switch v := v.(type) {
	case float64:
		return int64(v)
	case int:
		return int64(v)
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = number(x)
		}
		return l
	}
	return v
}

// splitAddr splits at the last colon.
func splitAddr(a string) (ip, port string) {
	i := strings.LastIndexByte(a, ':')
	if i < 0 {
		return a, ""
	}
	return a[:i], a[i+1:]
}
