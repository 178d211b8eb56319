package script

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"socketbook/sockets/wire"
)

// world is what the peer knows of the connections: it turns the numbers of a
// story, which count from a connection's first, into those on the wire, and
// back.
type world struct {
	host, peer netip.Addr
	isn        uint32 // of every connection of the peer's
	conns      []*conn
	cur        *conn // the one that the last packet was about
}

// conn is a pair of addresses and ports.
type conn struct {
	host, peer netip.AddrPort
	base       uint32 // the host's initial sequence number
	known      bool
	stamp      uint32 // the host's first timestamp, the last one
	lastStamp  uint32
	stamped    bool
	mine       int64  // the peer's last timestamp
	next       uint32 // the peer's next sequence number, relative
	win        uint16 // the peer's window
	last       []byte // the host's last packet
}

// The usual ports: the peer's, and the host's.
const (
	peerPort = 40000
	hostPort = 80
)

func (x *world) conn(host, peer netip.AddrPort) *conn {
	for _, c := range x.conns {
		if c.host == host && c.peer == peer {
			return c
		}
	}
	c := &conn{host: host, peer: peer, win: 65535}
	x.conns = append(x.conns, c)
	return c
}

// end is an end of a packet; without an address it is at the usual one.
func end(e End, usual netip.Addr) netip.AddrPort {
	if a, err := netip.ParseAddr(e.Addr); err == nil {
		usual = a
	}
	return netip.AddrPortFrom(usual, e.Port)
}

// write turns a packet of the story into one for the wire.
func (x *world) write(p *Packet) (*raw, error) {
	c := x.cur
	switch {
	case p.Ends != nil:
		c = x.conn(end(p.Ends[1], x.host), end(p.Ends[0], x.peer))
	case c == nil:
		c = x.conn(netip.AddrPortFrom(x.host, hostPort), netip.AddrPortFrom(x.peer, peerPort))
	}
	x.cur = c
	r := &raw{src: c.peer, dst: c.host}
	switch p.Kind {
	case UDP:
		r.proto, r.payload = wire.ProtoUDP, payload(p, 0)
		return r, nil
	case ICMP:
		return r, x.writeICMP(p, c, r)
	}
	r.proto, r.ecn = wire.ProtoTCP, uint8(p.ECN.N)
	seq := c.next
	if p.Seq.Set {
		seq = uint32(p.Seq.N)
	}
	if p.Win.Set {
		c.win = uint16(p.Win.N)
	}
	r.payload = payload(p, int(seq)-1)
	r.tcp = wire.TCP{Seq: x.isn + seq, Flags: p.Flags, Window: c.win, Urgent: uint16(p.Urg.N), Options: optionBytes(c.absolute(p.Options), c.base)}
	if p.Ack.Set {
		r.tcp.Ack = c.base + uint32(p.Ack.N)
	} else if p.Flags&wire.ACK != 0 {
		return nil, &Failure{Why: "a segment with the flag . needs an ack"}
	}
	c.next = seq + uint32(len(r.payload)) + uint32(p.Flags&wire.SYN>>1) + uint32(p.Flags&wire.FIN)
	return r, nil
}

// payload is the data of a packet: written out, or the pattern.
func payload(p *Packet, from int) []byte {
	if p.Data != nil {
		return []byte(*p.Data)
	}
	return pattern(max(0, from), int(p.Length.N))
}

// absolute are options with timestamps as they are on the wire: any is the
// peer's last one, and of the echo the host's last.
func (c *conn) absolute(list []Option) []Option {
	list = append([]Option(nil), list...)
	for i := range list {
		if o := &list[i]; o.Kind == "TS" {
			if !o.A.Set {
				o.A.N = c.mine
			}
			c.mine = o.A.N
			if o.B.Set && c.stamped {
				o.B.N += int64(c.stamp)
			} else if !o.B.Set {
				o.B.N = int64(c.lastStamp)
			}
		}
	}
	return list
}

// writeICMP completes a message. An error quotes the host's last packet.
func (x *world) writeICMP(p *Packet, c *conn, r *raw) error {
	m := icmpMessages[p.Message]
	r.proto = wire.ProtoICMP
	r.icmp = wire.ICMP{Type: m.kind4, Code: m.code4}
	if r.six() {
		r.proto = wire.ProtoICMPv6
		r.icmp = wire.ICMP{Type: m.kind6, Code: m.code6}
	}
	if m.echo {
		r.icmp.Rest = uint32(p.ID.N)<<16 | uint32(p.Echo.N)
		r.payload = payload(p, 0)
		return nil
	}
	if c.last == nil {
		return errors.New("script: there is no packet of the host's that the message could quote")
	}
	r.icmp.Rest = uint32(p.Arg.N) // RFC 1191 §4: the low half; RFC 4443 §3.2: all of it
	quoted := append([]byte(nil), c.last...)
	ip := wire.IPv6Len
	if !r.six() {
		ip = int(quoted[0]&15) * 4
	}
	if p.Seq.Set && len(quoted) >= ip+8 {
		seq := c.base + uint32(p.Seq.N)
		copy(quoted[ip+4:], []byte{byte(seq >> 24), byte(seq >> 16), byte(seq >> 8), byte(seq)})
	}
	r.payload = quoted[:min(len(quoted), 548)] // so that the whole is no longer than 576
	return nil
}

// read turns a packet of the host's into the story's words. The connection is
// nil for one that has no ports.
func (x *world) read(b []byte) (*Packet, *conn) {
	p := &Packet{Out: true}
	r, err := parseRaw(b)
	switch {
	case err != nil:
		return other(fmt.Sprintf("a packet that no kernel sends: %v", err)), nil
	case r.other != "":
		return other(r.other), nil
	}
	p.Ends = &[2]End{x.end(r.src, x.host), x.end(r.dst, x.peer)}
	p.Length = Opt{true, int64(len(r.payload))}
	data := string(r.payload)
	switch r.proto {
	case wire.ProtoUDP:
		p.Kind, p.Data = UDP, &data
	case wire.ProtoICMP, wire.ProtoICMPv6:
		p.Ends = nil
		return x.readICMP(p, r), nil
	}
	c := x.conn(r.src, r.dst)
	if r.proto == wire.ProtoTCP {
		p.Data = &data
		x.segment(p, c, r)
	}
	return p, c
}

func other(what string) *Packet { return &Packet{Out: true, Kind: Other, Data: &what} }

// end names an address only if it is not the usual one.
func (x *world) end(a netip.AddrPort, usual netip.Addr) End {
	e := End{Port: a.Port()}
	if a.Addr() != usual {
		e.Addr = a.Addr().String()
	}
	return e
}

// segment is a segment with relative numbers. A SYN says what they count from.
func (x *world) segment(p *Packet, c *conn, r *raw) {
	t := &r.tcp
	if t.Flags&wire.SYN != 0 && (!c.known || c.base != t.Seq) {
		c.base, c.known, c.stamped = t.Seq, true, false
	}
	p.Flags, p.ECN = t.Flags, Opt{true, int64(r.ecn)}
	p.Seq = Opt{true, int64(int32(t.Seq - c.base))}
	if n := int64(len(r.payload)); n > 0 {
		p.SeqEnd = Opt{true, p.Seq.N + n}
	}
	if t.Flags&wire.ACK != 0 {
		p.Ack = Opt{true, int64(int32(t.Ack - x.isn))}
	}
	p.Win = Opt{true, int64(t.Window)}
	if t.Flags&wire.URG != 0 {
		p.Urg = Opt{true, int64(t.Urgent)}
	}
	p.HasOptions = true
	p.Options, _ = parseOptions(t.Options)
	for i := range p.Options {
		switch o := &p.Options[i]; o.Kind {
		case "TS":
			c.lastStamp = uint32(o.A.N)
			if !c.stamped {
				c.stamp, c.stamped = c.lastStamp, true
			}
			o.A.N = int64(int32(c.lastStamp - c.stamp))
		case "sack":
			for k, b := range o.Blocks {
				o.Blocks[k] = [2]int64{int64(int32(uint32(b[0]) - x.isn)), int64(int32(uint32(b[1]) - x.isn))}
			}
		}
	}
}

func (x *world) readICMP(p *Packet, r *raw) *Packet {
	p.Kind = ICMP
	for i, m := range icmpMessages {
		if !isMessage(i, r.six(), r.icmp.Type, r.icmp.Code) {
			continue
		}
		p.Message = i
		if m.echo {
			p.ID, p.Echo = Opt{true, int64(r.icmp.Rest >> 16)}, Opt{true, int64(r.icmp.Rest & 0xffff)}
			data := string(r.payload)
			p.Data = &data
			return p
		}
		p.Length = Opt{}
		if m.mtu {
			p.Arg = Opt{true, int64(r.icmp.Rest)}
		}
		return p
	}
	return other(fmt.Sprintf("ICMP type %d, code %d", r.icmp.Type, r.icmp.Code))
}

// differs says in which ways a packet is not the one expected, "" if in none.
func (x *world) differs(want, got *Packet, c *conn) string {
	var wrong []string
	is := func(what string, w, g Opt) {
		if w.Set && (!g.Set || w.N != g.N) {
			wrong = append(wrong, fmt.Sprintf("%s is %s, want %d", what, g.text(), w.N))
		}
	}
	if want.Kind != got.Kind || want.Kind == ICMP && want.Message != got.Message {
		return "another packet comes"
	}
	if want.Ends != nil && want.Kind != ICMP {
		if w := [2]netip.AddrPort{end(want.Ends[0], x.host), end(want.Ends[1], x.peer)}; w != [2]netip.AddrPort{c.host, c.peer} {
			wrong = append(wrong, fmt.Sprintf("it is %v > %v, want %v > %v", c.host, c.peer, w[0], w[1]))
		}
	} else if c != nil && x.cur != nil && c != x.cur && (want.Kind != TCP || got.Flags&wire.SYN == 0) {
		wrong = append(wrong, fmt.Sprintf("it is of another connection, %v > %v, and the story names no ports", c.host, c.peer))
	}
	// PSH is a hint, and where a kernel gives it depends on how it cuts its data
	// into packets for the card: it is looked at where the story has it.
	if want.Flags != got.Flags && want.Flags != got.Flags&^wire.PSH {
		wrong = append(wrong, fmt.Sprintf("flags are [%s], want [%s]", got.Flags, want.Flags))
	}
	if want.Kind == TCP {
		is("length", Opt{true, want.Length.N}, got.Length)
	} else {
		is("length", want.Length, got.Length)
	}
	is("seq", wrap(want.Seq), got.Seq)
	is("ack", wrap(want.Ack), got.Ack)
	is("win", want.Win, got.Win)
	is("urg", want.Urg, got.Urg)
	if want.ECN.Set && want.ECN != got.ECN {
		wrong = append(wrong, fmt.Sprintf("it is %s, want %s", ecnWords[got.ECN.N], ecnWords[want.ECN.N]))
	}
	is("mtu", want.Arg, got.Arg)
	is("id", want.ID, got.ID)
	is("seq", want.Echo, got.Echo)
	if want.HasOptions && !sameOptions(want.Options, got.Options) {
		wrong = append(wrong, fmt.Sprintf("options are %s, want %s", appendOptions(nil, got.Options), appendOptions(nil, want.Options)))
	}
	if want.Data != nil && got.Data != nil && *want.Data != *got.Data {
		wrong = append(wrong, fmt.Sprintf("the data is %s", shorten([]byte(*got.Data))))
	}
	return strings.Join(wrong, "; ")
}

// brief is a packet without its data, if there is much of it.
func (p *Packet) brief() string {
	short := *p
	if p.Kind != Other && p.Data != nil && (*p.Data == "" || len(*p.Data) > 60) {
		short.Data = nil
	}
	return short.String()
}

func (o Opt) text() string {
	if !o.Set {
		return "not there"
	}
	return fmt.Sprint(o.N)
}

// wrap is a sequence number as read gives them, between -2³¹ and 2³¹.
func wrap(o Opt) Opt { return Opt{o.Set, int64(int32(uint32(o.N)))} }

// sameOptions compares options. A timestamp that is any is.
func sameOptions(want, got []Option) bool {
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		g := got[i]
		if w.Kind == "TS" && g.Kind == "TS" {
			if w.A.Set && w.A.N != g.A.N || w.B.Set && w.B.N != g.B.N {
				return false
			}
			continue
		}
		if string(w.append(nil)) != string(g.append(nil)) {
			return false
		}
	}
	return true
}
