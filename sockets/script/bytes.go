package script

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"socketbook/sockets/wire"
)

// How packets of a story become bytes, and bytes packets.

// optionBytes are a segment's options on the wire, padded as RFC 9293 §3.1
// wants them. Timestamps of the host are relative to base.
func optionBytes(list []Option, base uint32) (b []byte) {
	for _, o := range list {
		switch {
		case o.Kind == "nop":
			b = append(b, 1)
		case o.Kind == "eol":
			b = append(b, 0)
		case o.Kind == "mss":
			b = binary.BigEndian.AppendUint16(append(b, 2, 4), uint16(o.A.N))
		case o.Kind == "wscale":
			b = append(b, 3, 3, byte(o.A.N))
		case o.Kind == "sackOK":
			b = append(b, 4, 2)
		case o.Kind == "sack":
			b = append(b, 5, byte(2+8*len(o.Blocks)))
			for _, k := range o.Blocks {
				b = binary.BigEndian.AppendUint32(b, base+uint32(k[0]))
				b = binary.BigEndian.AppendUint32(b, base+uint32(k[1]))
			}
		case o.Kind == "TS":
			b = binary.BigEndian.AppendUint32(append(b, 8, 10), uint32(o.A.N))
			b = binary.BigEndian.AppendUint32(b, uint32(o.B.N))
		default:
			kind, _ := strconv.Atoi(strings.TrimPrefix(o.Kind, "unknown-"))
			b = append(append(b, byte(kind), byte(2+len(o.Raw))), o.Raw...)
		}
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// parseOptions are a segment's options, one by one.
func parseOptions(b []byte) (list []Option, err error) {
	for len(b) > 0 {
		switch b[0] {
		case 0:
			return append(list, Option{Kind: "eol"}), nil // RFC 9293 §3.2: the rest is padding
		case 1:
			list = append(list, Option{Kind: "nop"})
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return list, fmt.Errorf("TCP option %d without its end", b[0])
		}
		list = append(list, parseOption(b[0], b[2:b[1]]))
		b = b[b[1]:]
	}
	return list, nil
}

func parseOption(kind byte, v []byte) (o Option) {
	number := func(at, n int) Opt {
		var x int64
		for _, c := range v[at : at+n] {
			x = x<<8 | int64(c)
		}
		return Opt{true, x}
	}
	switch {
	case kind == 2 && len(v) == 2:
		return Option{Kind: "mss", A: number(0, 2)}
	case kind == 3 && len(v) == 1:
		return Option{Kind: "wscale", A: number(0, 1)}
	case kind == 4 && len(v) == 0:
		return Option{Kind: "sackOK"}
	case kind == 8 && len(v) == 8:
		return Option{Kind: "TS", A: number(0, 4), B: number(4, 4)}
	case kind == 5 && len(v) > 0 && len(v)%8 == 0:
		o.Kind = "sack"
		for i := 0; i < len(v); i += 8 {
			o.Blocks = append(o.Blocks, [2]int64{number(i, 4).N, number(i+4, 4).N})
		}
		return o
	}
	return Option{Kind: "unknown-" + strconv.Itoa(int(kind)), Raw: string(v)}
}

// raw is a packet between two addresses, as it is on the wire.
type raw struct {
	src, dst netip.AddrPort
	proto    uint8
	tcp      wire.TCP
	icmp     wire.ICMP
	ecn      uint8 // the two bits of the IP header
	payload  []byte
	bytes    []byte
	other    string // what it is, if it is neither of the three
}

func (r *raw) six() bool { return r.src.Addr().Is6() }

func addr4(a netip.Addr) wire.Addr4 {
	b := a.As4()
	return wire.Addr4(binary.BigEndian.Uint32(b[:]))
}

func pseudo(src, dst netip.Addr, proto uint8, n int) wire.Sum {
	if src.Is6() {
		return wire.PseudoHeader6(src.As16(), dst.As16(), proto, n)
	}
	return wire.PseudoHeader4(addr4(src), addr4(dst), proto, n)
}

// build makes the bytes.
func (r *raw) build() []byte {
	head := 0
	switch r.proto {
	case wire.ProtoTCP:
		head = r.tcp.HeaderLen()
	case wire.ProtoUDP:
		head = wire.UDPLen
	default:
		head = wire.ICMPLen
	}
	n, ip := head+len(r.payload), wire.IPv4Len
	if r.six() {
		ip = wire.IPv6Len
	}
	b := make([]byte, ip+n)
	if r.six() {
		h := wire.IPv6{TrafficClass: r.ecn, PayloadLen: uint16(n), Next: r.proto, HopLimit: 64, Src: r.src.Addr().As16(), Dst: r.dst.Addr().As16()}
		h.Put(b)
	} else {
		h := wire.IPv4{TOS: r.ecn, TotalLen: uint16(len(b)), DF: r.proto == wire.ProtoTCP, TTL: 64, Proto: r.proto, Src: addr4(r.src.Addr()), Dst: addr4(r.dst.Addr())}
		h.Put(b)
	}
	sum := pseudo(r.src.Addr(), r.dst.Addr(), r.proto, n)
	switch r.proto {
	case wire.ProtoTCP:
		r.tcp.SrcPort, r.tcp.DstPort = r.src.Port(), r.dst.Port()
		r.tcp.Put(b[ip:], sum, r.payload)
	case wire.ProtoUDP:
		wire.UDP{SrcPort: r.src.Port(), DstPort: r.dst.Port()}.Put(b[ip:], sum, r.payload)
	default:
		if !r.six() {
			sum = 0
		}
		r.icmp.Put(b[ip:], sum, r.payload)
	}
	copy(b[ip+head:], r.payload)
	return b
}

// parseRaw reads what a host has sent. What is wrong with it is an error: a
// kernel does not send such a thing.
func parseRaw(b []byte) (*raw, error) {
	r := &raw{bytes: b}
	var body []byte
	if len(b) > 0 && b[0]>>4 == 6 {
		h, rest, err := wire.ParseIPv6(b)
		if err != nil {
			return nil, err
		}
		r.proto, r.ecn, body = h.Next, h.TrafficClass&3, rest
		r.src = netip.AddrPortFrom(netip.AddrFrom16(h.Src), 0)
		r.dst = netip.AddrPortFrom(netip.AddrFrom16(h.Dst), 0)
	} else {
		h, rest, err := wire.ParseIPv4(b)
		if err != nil {
			return nil, err
		}
		r.proto, r.ecn, body = h.Proto, h.TOS&3, rest
		r.src = netip.AddrPortFrom(from4(h.Src), 0)
		r.dst = netip.AddrPortFrom(from4(h.Dst), 0)
		if h.MF || h.FragOff != 0 {
			r.other = fmt.Sprintf("IP fragment, offset %d, length %d", int(h.FragOff)*8, len(body))
			return r, nil
		}
	}
	return r, r.parse(body)
}

func from4(a wire.Addr4) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

// parse reads what is behind the IP header.
func (r *raw) parse(body []byte) (err error) {
	sum := pseudo(r.src.Addr(), r.dst.Addr(), r.proto, len(body))
	ports := func(src, dst uint16) {
		r.src = netip.AddrPortFrom(r.src.Addr(), src)
		r.dst = netip.AddrPortFrom(r.dst.Addr(), dst)
	}
	switch r.proto {
	case wire.ProtoTCP:
		if r.tcp, r.payload, err = wire.ParseTCP(body); err == nil {
			err = wire.VerifyTCP(body, sum)
		}
		ports(r.tcp.SrcPort, r.tcp.DstPort)
	case wire.ProtoUDP:
		var h wire.UDP
		if h, r.payload, err = wire.ParseUDP(body); err == nil {
			err = wire.VerifyUDP(body, sum)
		}
		ports(h.SrcPort, h.DstPort)
	case wire.ProtoICMP:
		r.icmp, r.payload, err = wire.ParseICMP(body, 0)
	case wire.ProtoICMPv6:
		r.icmp, r.payload, err = wire.ParseICMP(body, sum)
	default:
		r.other = fmt.Sprintf("IP protocol %d, length %d", r.proto, len(body))
	}
	return err
}

// isMessage reports whether an ICMP header is one of icmpMessages.
func isMessage(i int, six bool, kind, code uint8) bool {
	m := icmpMessages[i]
	if six {
		return m.kind6 == kind && m.code6 == code
	}
	return m.kind4 == kind && m.code4 == code
}
