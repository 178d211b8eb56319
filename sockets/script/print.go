package script

import (
	"strconv"
	"strings"
)

// String prints the story: each line as its meaning, so that two texts that
// differ in blanks only print alike. Parsing it gives the same story.
func (st *Story) String() string {
	var b []byte
	for i := range st.Lines {
		b = append(st.Lines[i].append(b), '\n')
	}
	return string(b)
}

// String is the line without its number.
func (l Line) String() string { return string(l.append(nil)) }

func (l Line) append(b []byte) []byte {
	start := len(b)
	if b = l.When.append(b); len(b) > start {
		b = append(b, ' ')
	}
	if l.Step != nil {
		b = l.Step.append(b)
	}
	if l.Comment != "" && len(b) > start {
		b = append(b, "  "...)
	}
	return append(b, l.Comment...)
}

func (w When) append(b []byte) []byte {
	switch w.Kind {
	case Now:
		return b
	case Any:
		return append(b, "any"...)
	case After:
		b = append(b, '+')
	}
	b = appendSeconds(b, w.From)
	if w.To != w.From {
		b = appendSeconds(append(b, ".."...), w.To)
	}
	if w.Slack != 0 {
		b = appendSeconds(append(b, '~'), w.Slack)
	}
	return b
}

func (c *Call) append(b []byte) []byte {
	b = append(append(b, c.Name...), '(')
	b = appendList(b, c.Args)
	if c.Unfinished {
		return append(b, ") <unfinished ...>"...)
	}
	return c.Result.append(append(b, ") = "...))
}

func (r *Resumed) append(b []byte) []byte {
	return r.Result.append(append(b, "<... "+r.Name+" resumed> = "...))
}

func (r Result) append(b []byte) []byte {
	if r.Any {
		return append(b, '?')
	}
	b = strconv.AppendInt(b, r.N, 10)
	switch {
	case r.Errno != 0:
		b = append(b, " "+r.Errno.Name()...)
	case r.Value != nil:
		b = append(r.Value.append(append(b, " ("...)), ')')
	}
	return b
}

func appendList(b []byte, list []Expr) []byte {
	for i := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = list[i].append(b)
	}
	return b
}

func (e *Expr) append(b []byte) []byte {
	switch e.Kind {
	case Number:
		return strconv.AppendInt(b, e.Num, 10)
	case Text:
		b = appendQuoted(b, e.Text)
		if e.More {
			b = append(b, "..."...)
		}
		return b
	case Dots:
		return append(b, "..."...)
	case List:
		return append(appendList(append(b, '['), e.List), ']')
	case Struct:
		b = append(b, '{')
		for i, k := range e.Keys {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = e.List[i].append(append(b, k+"="...))
		}
		return append(b, '}')
	}
	return append(b, e.Text...)
}

// String is the argument as strace prints it.
func (e *Expr) String() string { return string(e.append(nil)) }

// String is the packet as tcpdump prints it, behind its direction.
func (p *Packet) String() string { return string(p.append(nil)) }

func (p *Packet) append(b []byte) []byte {
	if p.Out {
		b = append(b, "> "...)
	} else {
		b = append(b, "< "...)
	}
	if e := p.Ends; e != nil {
		b = append(e[1].append(append(e[0].append(b), " > "...)), ": "...)
	}
	switch p.Kind {
	case UDP:
		return p.length(append(b, "UDP"...))
	case ICMP:
		return p.icmp(append(b, "ICMP "...))
	case Other:
		return append(b, *p.Data...)
	}
	b = append(append(append(b, '['), p.Flags.String()...), ']')
	number := func(name string, o Opt) {
		if o.Set {
			b = strconv.AppendInt(append(b, ", "+name+" "...), o.N, 10)
		}
	}
	number("seq", p.Seq)
	if p.SeqEnd.Set {
		b = strconv.AppendInt(append(b, ':'), p.SeqEnd.N, 10)
	}
	number("ack", p.Ack)
	number("win", p.Win)
	number("urg", p.Urg)
	if p.HasOptions {
		b = appendOptions(append(b, ", options "...), p.Options)
	}
	if p.ECN.Set {
		b = append(append(b, ", "...), ecnWords[p.ECN.N]...)
	}
	return p.length(b)
}

func (e End) append(b []byte) []byte {
	if e.Addr != "" {
		b = append(b, e.Addr+"."...)
	}
	return strconv.AppendUint(b, uint64(e.Port), 10)
}

func (p *Packet) length(b []byte) []byte {
	if !p.Length.Set {
		return b
	}
	b = strconv.AppendInt(append(b, ", length "...), p.Length.N, 10)
	if p.Data != nil {
		b = appendQuoted(append(b, ": "...), *p.Data)
	}
	return b
}

func (p *Packet) icmp(b []byte) []byte {
	m := icmpMessages[p.Message]
	b = append(b, m.text...)
	if m.mtu {
		b = append(strconv.AppendInt(append(b, " (mtu "...), p.Arg.N, 10), ')')
	}
	if p.ID.Set {
		b = strconv.AppendInt(append(b, ", id "...), p.ID.N, 10)
	}
	if p.Echo.Set {
		b = strconv.AppendInt(append(b, ", seq "...), p.Echo.N, 10)
	}
	if p.Seq.Set {
		b = strconv.AppendInt(append(b, ", seq "...), p.Seq.N, 10)
	}
	return p.length(b)
}

func appendOptions(b []byte, list []Option) []byte {
	b = append(b, '[')
	for i, o := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = o.append(b)
	}
	return append(b, ']')
}

func (o Option) append(b []byte) []byte {
	b = append(b, o.Kind...)
	switch {
	case o.Kind == "TS":
		b = o.B.stamp(append(o.A.stamp(append(b, " val "...)), " ecr "...))
	case o.Kind == "sack":
		b = strconv.AppendInt(append(b, ' '), int64(len(o.Blocks)), 10)
		for _, k := range o.Blocks {
			b = strconv.AppendInt(append(b, " {"...), k[0], 10)
			b = strconv.AppendInt(append(b, ':'), k[1], 10)
			b = append(b, '}')
		}
	case strings.HasPrefix(o.Kind, "unknown-"):
		b = appendQuoted(append(b, ' '), o.Raw)
	case o.A.Set:
		b = strconv.AppendInt(append(b, ' '), o.A.N, 10)
	}
	return b
}

func (o Opt) stamp(b []byte) []byte {
	if !o.Set {
		return append(b, "any"...)
	}
	return strconv.AppendInt(b, o.N, 10)
}

func (Quiet) append(b []byte) []byte { return append(b, "> nothing"...) }

func (c *Sysctl) append(b []byte) []byte { return append(b, "sysctl "+c.Key+" = "+c.Value...) }

func (c *StateIs) append(b []byte) []byte {
	if c.FD < 0 {
		return append(b, "state connection "+c.State.String()...)
	}
	return append(strconv.AppendInt(append(b, "state "...), int64(c.FD), 10), " "+c.State.String()...)
}

func (c *InfoIs) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, "info "...), int64(c.FD), 10)
	return strconv.AppendInt(append(b, " "+c.Field+" "...), c.Value, 10)
}

func (c *CounterIs) append(b []byte) []byte {
	return strconv.AppendUint(append(b, "nstat "+c.Name+" "...), c.Value, 10)
}

func (g *Given) append(b []byte) []byte {
	b = append(b, "given "+g.What...)
	if g.Packet.Win.Set {
		b = strconv.AppendInt(append(b, ", win "...), g.Packet.Win.N, 10)
	}
	if g.Packet.HasOptions {
		b = appendOptions(append(b, ", options "...), g.Packet.Options)
	}
	if g.RTT != 0 {
		b = appendSeconds(append(b, ", rtt "...), g.RTT)
	}
	return b
}

func (s *Setting) append(b []byte) []byte {
	b = append(b, s.Name...)
	switch s.Name {
	case "tolerance":
		return appendSeconds(append(b, ' '), s.Time)
	case "isn", "mtu":
		return strconv.AppendInt(append(b, ' '), s.N, 10)
	case "limit":
		b = append(b, " "+s.Key+" "...)
		if limits[s.Key].time != nil {
			return appendSeconds(b, s.Time)
		}
		return strconv.AppendInt(b, s.N, 10)
	case "pending":
		b = append(b, ": "+s.Text...)
	case "simulator":
		b = append(b, " only: "+s.Text...)
	}
	return b
}
