package script

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"socketbook/sockets"
)

// call is a system call, its name taken already.
func (s *scanner) call(name string, start int) (Step, error) {
	c := &Call{Name: name, col: start}
	if err := s.need("("); err != nil {
		return nil, err
	}
	args, err := s.list(')', 1)
	if err != nil {
		return nil, err
	}
	c.Args = args
	switch {
	case s.take("<unfinished ...>"):
		c.Unfinished = true
	case s.take("="):
		if c.Result, err = s.result(); err != nil {
			return nil, err
		}
	default:
		return nil, s.fail(`"= " and what the call answers, or "<unfinished ...>"`)
	}
	if _, err := c.bind(); err != nil {
		at := start
		if err.at >= 0 {
			at = err.at
		}
		return nil, s.failAt(at, err.allowed)
	}
	return c, nil
}

// resumed is the end of a call: <... connect resumed> = 0. strace prints a
// parenthesis as well, which closes the arguments.
func (s *scanner) resumed() (_ Step, err error) {
	r := &Resumed{}
	s.blank()
	at := s.at
	if r.Name = s.word(""); calls[r.Name].bind == nil {
		return nil, s.failAt(at, strings.Join(callNames(), ", "))
	}
	if err = s.need("resumed"); err == nil {
		err = s.need(">")
	}
	if err == nil {
		s.take(")")
		err = s.need("=")
	}
	if err == nil {
		r.Result, err = s.result()
	}
	return r, err
}

// result is what a call answers: 3, ?, -1 EAGAIN (Resource temporarily
// unavailable), 1 ([{fd=3, revents=POLLIN}]).
func (s *scanner) result() (r Result, err error) {
	if s.take("?") {
		r.Any = true
		return r, nil
	}
	if r.N, err = s.number(-1, 1<<31); err != nil {
		return r, s.fail("a number, -1 and an errno, or ?")
	}
	if r.N == -1 {
		s.blank()
		at := s.at
		if r.Errno = errnoOf(s.word("")); r.Errno == 0 {
			return r, s.failAt(at, "an errno by its name, as in ECONNREFUSED")
		}
		if s.take("(") { // strerror(3)'s words
			close := strings.IndexByte(s.text[s.at:], ')')
			if close < 0 {
				return r, s.fail(`")"`)
			}
			s.at += close + 1
		}
		return r, nil
	}
	if s.take("(") {
		list, err := s.list(')', 1)
		if err != nil {
			return r, err
		}
		if len(list) != 1 {
			return r, s.fail("one value in the parentheses before it")
		}
		r.Value = &list[0]
	}
	return r, nil
}

// errnoOf is the errno of a name, 0 if none has it.
func errnoOf(name string) sockets.Errno {
	for e := sockets.Errno(1); e < 134 && strings.HasPrefix(name, "E"); e++ {
		if e.Name() == name {
			return e
		}
	}
	return 0
}

// list is arguments up to a closing sign.
func (s *scanner) list(close byte, depth int) (list []Expr, err error) {
	if depth > maxDepth {
		return nil, s.fail("lists of lists up to " + strconv.Itoa(maxDepth) + " deep")
	}
	if s.take(string(close)) {
		return nil, nil
	}
	for {
		e, err := s.expr(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		switch {
		case s.take(string(close)):
			return list, nil
		case !s.take(","):
			return nil, s.fail(`"," or "` + string(close) + `"`)
		}
	}
}

// expr is one argument.
func (s *scanner) expr(depth int) (e Expr, err error) {
	s.blank()
	e.col = s.at
	if a, ok := s.address(); ok {
		e.Kind, e.Text = Addr, a
		return e, nil
	}
	switch {
	case s.take("..."):
		e.Kind = Dots
	case s.peek(`"`):
		e.Kind = Text
		e.Text, err = s.quoted()
		e.More = err == nil && s.take("...")
	case s.take("["):
		e.Kind = List
		e.List, err = s.list(']', depth+1)
	case s.take("{"):
		e.Kind = Struct
		err = s.fields(&e, depth+1)
	case s.peek("-0123456789"):
		e.Num, err = s.number(-1<<31, 1<<32)
	default:
		e.Kind = Symbol
		if e.Text = s.word("|"); symbols(e.Text) == nil {
			return e, s.failAt(e.col, `a number, a name as in SOCK_STREAM, "data", an address as in 10.0.0.2:80, [list], {field=value} or ...`)
		}
	}
	return e, err
}

// fields are the fields of a struct.
func (s *scanner) fields(e *Expr, depth int) error {
	if depth > maxDepth {
		return s.fail("lists of lists up to " + strconv.Itoa(maxDepth) + " deep")
	}
	for {
		key := s.word("")
		if key == "" {
			return s.fail("a field's name")
		}
		if slices.Contains(e.Keys, key) {
			return s.fail("each field once")
		}
		if err := s.need("="); err != nil {
			return err
		}
		v, err := s.expr(depth)
		if err != nil {
			return err
		}
		e.Keys, e.List = append(e.Keys, key), append(e.List, v)
		if s.take("}") {
			return nil
		}
		if !s.take(",") {
			return s.fail(`"," or "}"`)
		}
	}
}

// address is an address and a port, if one is next.
func (s *scanner) address() (string, bool) {
	rest := s.text[s.at:]
	n := 0
	for n < len(rest) && (isWord(rest[n]) || strings.IndexByte(".:", rest[n]) >= 0 || rest[n] == '[' && n == 0 || rest[n] == ']') {
		n++
	}
	a, err := netip.ParseAddrPort(rest[:n])
	if err != nil || a.Addr().Zone() != "" {
		return "", false
	}
	s.at += n
	return a.String(), true
}
