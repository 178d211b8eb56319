package script

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"socketbook/sockets/wire"
)

// packet is a packet as tcpdump prints it.
func (s *scanner) packet(out bool) (_ Step, err error) {
	p := &Packet{Out: out}
	if !s.peek("[") && !s.take("Flags") && !s.ahead("UDP") && !s.ahead("ICMP") {
		if p.Ends, err = s.ends(); err != nil {
			return nil, err
		}
		s.take("Flags")
	}
	switch {
	case s.take("["):
		err = s.segment(p)
	case s.take("UDP"):
		p.Kind = UDP
		if err = s.need(","); err == nil {
			err = s.need("length")
		}
		if err == nil {
			err = s.payload(p)
		}
	case s.take("ICMP"):
		p.Kind = ICMP
		err = s.icmp(p)
	default:
		err = s.fail("[flags], UDP, ICMP")
	}
	return p, err
}

// ahead reports whether a word is next, and leaves it there.
func (s *scanner) ahead(word string) bool {
	at := s.at
	ok := s.take(word)
	s.at = at
	return ok
}

// ends is who sends and who receives: 40000 > 80: or 10.0.0.3.40000 > 10.0.0.1.80:
func (s *scanner) ends() (*[2]End, error) {
	var e [2]End
	for i, after := range []string{">", ":"} {
		s.blank()
		at := s.at
		word := strings.TrimRight(s.word(".:"), ":")
		s.at = at + len(word)
		dot := strings.LastIndexByte(word, '.')
		if dot > 0 {
			a, err := netip.ParseAddr(word[:dot])
			if err != nil || a.Zone() != "" {
				return nil, s.failAt(at, "[flags], UDP, ICMP, nothing, or ports before it, as in 40000 > 80: or 10.0.0.3.40000 > 10.0.0.1.80:")
			}
			e[i].Addr = a.String()
		}
		port, err := strconv.ParseUint(word[dot+1:], 10, 16)
		if err != nil || dot == 0 {
			return nil, s.failAt(at, "[flags], UDP, ICMP, nothing, or ports before it, as in 40000 > 80: or 10.0.0.3.40000 > 10.0.0.1.80:")
		}
		e[i].Port = uint16(port)
		if err := s.need(after); err != nil {
			return nil, err
		}
	}
	return &e, nil
}

const flagLetters = "FSRP.UEW"

// segment is a TCP segment, after its "[".
func (s *scanner) segment(p *Packet) error {
	s.blank()
	at := s.at
	word := s.word(".")
	for i := 0; i < len(word) && word != "none"; i++ {
		bit := strings.IndexByte(flagLetters, word[i])
		if bit < 0 || p.Flags>>bit&1 != 0 {
			return s.failAt(at+i, "each of the flags "+flagLetters+" once, or none")
		}
		p.Flags |= 1 << bit
	}
	if word == "" {
		return s.fail("flags, as in [S], [S.], [.], [P.], [F.], [R], or [none]")
	}
	if err := s.need("]"); err != nil {
		return err
	}
	for s.take(",") {
		if err := s.field(p); err != nil {
			return err
		}
	}
	if p.SeqEnd.Set {
		n := p.SeqEnd.N - p.Seq.N
		if n < 0 || n > 65535 {
			return s.fail(fmt.Sprintf("seq from:to with 0 to 65535 bytes between, not %d", n))
		}
		if p.Length.Set && p.Length.N != n {
			return s.fail(fmt.Sprintf("length %d, as the sequence numbers say, or none", n))
		}
		p.Length = Opt{true, n}
	}
	if p.Data != nil && int64(len(*p.Data)) != p.Length.N {
		return s.fail(fmt.Sprintf("as much data as the length says, %d bytes, not %d", p.Length.N, len(*p.Data)))
	}
	return nil
}

// field is one field of a segment.
func (s *scanner) field(p *Packet) (err error) {
	set := func(o *Opt, lo, hi int64) error {
		if o.Set {
			return s.fail("each field once")
		}
		o.Set = true
		o.N, err = s.number(lo, hi)
		return err
	}
	switch {
	case s.take("seq"):
		if err := set(&p.Seq, -1<<31, 1<<32-1); err != nil {
			return err
		}
		if s.take(":") {
			return set(&p.SeqEnd, -1<<31, 1<<33)
		}
	case s.take("ack"):
		return set(&p.Ack, -1<<31, 1<<32-1)
	case s.take("win"):
		return set(&p.Win, 0, 65535)
	case s.take("urg"):
		return set(&p.Urg, 0, 65535)
	case s.take("options"):
		if p.HasOptions {
			return s.fail("each field once")
		}
		p.HasOptions = true
		p.Options, err = s.options()
		return err
	case s.take("length"):
		return s.payload(p)
	default:
		return s.ecn(p)
	}
	return nil
}

// ecnWords are the two bits of ECN in the IP header, as tcpdump -v has them.
var ecnWords = [4]string{"not-ECT", "ECT(1)", "ECT(0)", "CE"}

func (s *scanner) ecn(p *Packet) error {
	for i, word := range ecnWords {
		if !s.ahead(word) {
			continue
		}
		if p.ECN.Set {
			return s.fail("each field once")
		}
		s.take(word)
		p.ECN = Opt{true, int64(i)}
		return nil
	}
	return s.fail("seq, ack, win, urg, options, length, ECT(0), ECT(1), CE, not-ECT")
}

// payload is a length, and perhaps the bytes.
func (s *scanner) payload(p *Packet) (err error) {
	if p.Length.Set {
		return s.fail("each field once")
	}
	p.Length.Set = true
	if p.Length.N, err = s.number(0, 65535); err != nil || !s.take(":") {
		return err
	}
	s.blank()
	at := s.at
	data, err := s.quoted()
	p.Data = &data
	if err == nil && int64(len(data)) != p.Length.N {
		return s.failAt(at, fmt.Sprintf("as much data as the length says, %d bytes, not %d", p.Length.N, len(data)))
	}
	return err
}

// options are the options of a segment, in brackets and in order.
func (s *scanner) options() (list []Option, err error) {
	if err := s.need("["); err != nil {
		return nil, err
	}
	for !s.take("]") {
		if len(list) > 0 {
			if err := s.need(","); err != nil {
				return nil, err
			}
		}
		o, err := s.option()
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	if n := len(optionBytes(list, 0)); n > 40 {
		return nil, s.fail(fmt.Sprintf("options of up to 40 bytes before it, not %d", n))
	}
	return list, nil
}

// option is one option, as tcpdump prints it.
func (s *scanner) option() (o Option, err error) {
	s.blank()
	at := s.at
	o.Kind = s.word("-")
	switch o.Kind {
	case "nop", "eol", "sackOK":
	case "mss":
		o.A.Set = true
		o.A.N, err = s.number(0, 65535)
	case "wscale":
		o.A.Set = true
		o.A.N, err = s.number(0, 255)
	case "TS":
		if err = s.need("val"); err == nil {
			o.A, err = s.stamp()
		}
		if err == nil {
			err = s.need("ecr")
		}
		if err == nil {
			o.B, err = s.stamp()
		}
	case "sack":
		n, e := s.number(1, wire.MaxSACKBlocks)
		err = e
		for i := int64(0); i < n && err == nil; i++ {
			var b [2]int64
			b, err = s.block()
			o.Blocks = append(o.Blocks, b)
		}
	default:
		kind, unknown := strings.CutPrefix(o.Kind, "unknown-")
		k, bad := strconv.ParseUint(kind, 10, 8)
		if !unknown || bad != nil || strconv.FormatUint(k, 10) != kind || k < 2 {
			return o, s.failAt(at, `mss 1460, nop, wscale 7, sackOK, TS val 1 ecr 0, sack 1 {1:101}, eol, unknown-254 "value"`)
		}
		o.Raw, err = s.quoted()
		if err == nil && len(o.Raw) > 38 {
			err = s.failAt(at, "an option of up to 38 bytes")
		}
	}
	return o, err
}

// stamp is a timestamp: a number, or any.
func (s *scanner) stamp() (o Opt, err error) {
	if s.take("any") {
		return o, nil
	}
	o.Set = true
	o.N, err = s.number(-1<<31, 1<<32-1)
	return o, err
}

// block is a block of SACK: {1001:2001}.
func (s *scanner) block() (b [2]int64, err error) {
	for i, sign := range []string{"{", ":"} {
		if err = s.need(sign); err != nil {
			return b, err
		}
		if b[i], err = s.number(-1<<31, 1<<32-1); err != nil {
			return b, err
		}
	}
	return b, s.need("}")
}

// icmp is an ICMP message, of either protocol.
func (s *scanner) icmp(p *Packet) error {
	s.blank()
	at, found := s.at, false
	for i, m := range icmpMessages {
		if strings.HasPrefix(s.text[at:], m.text) {
			p.Message, found = i, true
			s.at = at + len(m.text)
			break
		}
	}
	if !found {
		var names []string
		for _, m := range icmpMessages {
			names = append(names, m.text)
		}
		return s.failAt(at, strings.Join(names, ", "))
	}
	number := func(o *Opt, hi int64) (err error) {
		o.Set = true
		o.N, err = s.number(0, hi)
		return err
	}
	m := icmpMessages[p.Message]
	if m.mtu {
		if err := s.need("(mtu"); err != nil {
			return err
		}
		if err := number(&p.Arg, 65535); err != nil {
			return err
		}
		if err := s.need(")"); err != nil {
			return err
		}
	}
	for s.take(",") {
		var err error
		switch {
		case m.echo && s.take("id"):
			err = number(&p.ID, 65535)
		case m.echo && s.take("seq"):
			err = number(&p.Echo, 65535)
		case m.echo && s.take("length"):
			err = s.payload(p)
		case !m.echo && s.take("seq"):
			p.Seq.Set = true
			p.Seq.N, err = s.number(-1<<31, 1<<32-1)
		case m.echo:
			err = s.fail("id, seq, length")
		default:
			err = s.fail("seq: of the segment it complains of")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
