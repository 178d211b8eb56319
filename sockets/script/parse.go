package script

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"socketbook/sockets"
)

// Bounds of a text.
const (
	maxText  = 1 << 20
	maxLines = 10_000
	maxDepth = 8 // of lists in lists
)

// Parse reads a story. The name is for errors. An error is a *[SyntaxError].
func Parse(name, text string) (*Story, error) {
	st := &Story{Name: name}
	lines := strings.Split(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(text) > maxText || len(lines) > maxLines {
		return nil, &SyntaxError{name, 1, 1, fmt.Sprintf("%d lines of %d bytes together", len(lines), len(text)),
			fmt.Sprintf("up to %d lines and %d bytes", maxLines, maxText)}
	}
	for i, text := range lines {
		s := &scanner{name: name, no: i + 1, text: strings.TrimRight(text, " \t\r")}
		if at := strings.IndexFunc(s.text, func(r rune) bool { return r < ' ' && r != '\t' || r == utf8.RuneError || r == 0x7f }); at >= 0 {
			return nil, s.failAt(at, "text in UTF-8, without control characters")
		}
		line, err := s.line(st)
		if err != nil {
			return nil, err
		}
		st.Lines = append(st.Lines, line)
	}
	return st, nil
}

// line is a line: time, step, comment.
func (s *scanner) line(st *Story) (l Line, err error) {
	l.No = s.no
	if !s.end() {
		if l.When, err = s.when(); err != nil {
			return l, err
		}
		s.blank()
		start := s.at
		if l.Step, err = s.step(); err != nil {
			return l, err
		}
		if set, ok := l.Step.(*Setting); ok {
			if l.When.Kind != Now {
				return l, s.failAt(start, "a step; "+set.Name+" has no time, it is about the whole story")
			}
			if slices.ContainsFunc(st.Lines, func(l Line) bool { _, set := l.Step.(*Setting); return l.Step != nil && !set }) {
				return l, s.failAt(start, "a step; "+set.Name+" must stand before the first")
			}
		}
		if !s.end() {
			return l, s.fail("the end of the line, or a # and a comment")
		}
	}
	if s.at < len(s.text) {
		l.Comment = s.text[s.at:]
	}
	return l, nil
}

// when is the time before a step.
func (s *scanner) when() (w When, err error) {
	switch {
	case s.take("any"):
		w.Kind = Any
		return w, nil
	case s.take("+"):
		w.Kind = After
	case s.peek("0123456789."):
		w.Kind = At
	default:
		return w, nil
	}
	if w.From, err = s.seconds(); err != nil {
		return w, err
	}
	w.To = w.From
	if strings.HasPrefix(s.text[s.at:], "..") {
		s.at += 2
		at := s.at
		if w.To, err = s.seconds(); err != nil {
			return w, err
		}
		if w.To < w.From {
			return w, s.failAt(at, "a time that is not before the range's first")
		}
	}
	if strings.HasPrefix(s.text[s.at:], "~") {
		s.at++
		at := s.at
		if w.Slack, err = s.seconds(); err == nil && w.Slack == 0 {
			return w, s.failAt(at, "a tolerance above 0, in seconds")
		}
	}
	return w, err
}

// words are the steps that begin with a word of this language's own.
var words = []string{"given", "sysctl", "state", "info", "nstat"}

// settings are what may stand before the first step.
var settings = []string{"tolerance", "isn", "mtu", "ipv6", "limit", "pending", "simulator"}

// step is what a line does or expects.
func (s *scanner) step() (Step, error) {
	switch {
	case s.take("<..."):
		return s.resumed()
	case s.take("<"):
		return s.packet(false)
	case s.take(">"):
		if s.take("nothing") {
			return &Quiet{}, nil
		}
		return s.packet(true)
	}
	start := s.at
	name := s.word("")
	switch {
	case slices.Contains(settings, name):
		return s.setting(name)
	case slices.Contains(words, name):
		return s.check(name)
	case calls[name].bind != nil:
		if !s.peek("(") {
			return nil, s.fail(`"(": the arguments of ` + name)
		}
		return s.call(name, start)
	}
	return nil, s.failAt(start, "a packet (< or >), one of "+strings.Join(words, ", ")+
		", a system call ("+strings.Join(callNames(), ", ")+"), or before the first step "+strings.Join(settings, ", "))
}

// setting is about the whole story.
func (s *scanner) setting(name string) (_ Step, err error) {
	set := &Setting{Name: name}
	switch name {
	case "tolerance":
		set.Time, err = s.seconds()
		if err == nil && (set.Time < time.Millisecond || set.Time > 10*time.Second) {
			err = s.fail("0.001 to 10 seconds before it")
		}
	case "isn":
		set.N, err = s.number(0, 1<<32-1)
	case "mtu":
		set.N, err = s.number(576, 65535)
	case "limit":
		s.blank()
		at := s.at
		set.Key = s.word("")
		limit, ok := limits[set.Key]
		switch {
		case !ok:
			return nil, s.failAt(at, strings.Join(limitNames(), ", "))
		case limit.time != nil:
			set.Time, err = s.seconds()
		default:
			set.N, err = s.number(1, 1<<40)
		}
	case "pending", "simulator":
		if name == "simulator" {
			if err := s.need("only"); err != nil {
				return nil, err
			}
		}
		if err := s.need(":"); err != nil {
			return nil, err
		}
		if set.Text = s.rest(); set.Text == "" {
			return nil, s.fail("the reason, in words")
		}
	}
	return set, err
}

// rest is the line up to its comment.
func (s *scanner) rest() string {
	s.blank()
	text, _, _ := strings.Cut(s.text[s.at:], "#")
	s.at += len(text)
	return strings.TrimRight(text, " \t")
}

// check is a step that begins with a word of this language's own.
func (s *scanner) check(name string) (_ Step, err error) {
	switch name {
	case "given":
		return s.given()
	case "sysctl":
		c := &Sysctl{}
		s.take("-w")
		if c.Key = s.word(".-"); !strings.Contains(c.Key, ".") {
			return nil, s.fail("a setting, as in net.ipv4.tcp_syn_retries")
		}
		if err := s.need("="); err != nil {
			return nil, err
		}
		if c.Value = strings.Join(strings.Fields(s.rest()), " "); c.Value == "" {
			return nil, s.fail("its value")
		}
		return c, nil
	case "state":
		c := &StateIs{FD: -1}
		if !s.take("connection") {
			n, err := s.number(0, 1<<20)
			if err != nil {
				return nil, s.fail(`a descriptor, or "connection"`)
			}
			c.FD = int(n)
		}
		c.State, err = s.state()
		return c, err
	case "info":
		c := &InfoIs{}
		n, err := s.number(0, 1<<20)
		if err != nil {
			return nil, err
		}
		c.FD = int(n)
		s.blank()
		at := s.at
		if c.Field = s.word(""); infoField(c.Field) == nil {
			return nil, s.failAt(at, strings.Join(infoNames(), ", "))
		}
		c.Value, err = s.number(0, 1<<62)
		return c, err
	}
	c := &CounterIs{}
	if c.Name = s.word(""); c.Name == "" {
		return nil, s.fail("a counter, as in TcpRetransSegs")
	}
	n, err := s.number(0, 1<<62)
	c.Value = uint64(n)
	return c, err
}

// stateWords are the states of a connection, and how else they are spelled.
func (s *scanner) state() (sockets.State, error) {
	s.blank()
	at := s.at
	word := strings.ToUpper(strings.ReplaceAll(s.word("-"), "_", "-"))
	word = strings.NewReplacer("WAIT1", "WAIT-1", "WAIT2", "WAIT-2").Replace(strings.TrimPrefix(word, "TCP-"))
	var names []string
	for st := sockets.Established; st <= sockets.Closing; st++ {
		if st.String() == word || st.SS() == word {
			return st, nil
		}
		names = append(names, st.String())
	}
	return 0, s.failAt(at, strings.Join(names, ", "))
}

// given is the usual beginning of a story.
func (s *scanner) given() (Step, error) {
	g := &Given{}
	s.blank()
	at := s.at
	if g.What = s.word(""); g.What != "listener" && g.What != "server" && g.What != "client" {
		return nil, s.failAt(at, "listener, server, client")
	}
	for g.What != "listener" && s.take(",") {
		var err error
		switch {
		case s.take("win"):
			g.Packet.Win.Set = true
			g.Packet.Win.N, err = s.number(0, 65535)
		case s.take("options"):
			g.Packet.HasOptions = true
			g.Packet.Options, err = s.options()
		case s.take("rtt"):
			g.RTT, err = s.seconds()
		default:
			err = s.fail("win, options: the peer's; rtt: of the handshake, in seconds")
		}
		if err != nil {
			return nil, err
		}
	}
	return g, nil
}
