package wire

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// Dump is a frame in one line, as `tcpdump -nn -S` prints it:
//
//	IP 10.0.0.2.39526 > 10.0.0.1.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0
//	IP6 ::1.5000 > ::1.4000: UDP, length 12
//	IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 4000 unreachable, length 48
//	ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28
//
// It knows what this package's users put on a wire: IPv4, IPv6, their
// fragments, TCP, UDP, ICMP, ICMPv6, ARP. What it does not know it names by
// number, and bytes that are missing end the line with [|name], as tcpdump
// does. It does not look at payloads: tcpdump also tells what the usual ports
// speak. Checksums are not looked at either.
func Dump(frame []byte) string { return string(AppendDump(nil, frame)) }

// AppendDump appends [Dump] to b and returns the longer b.
func AppendDump(b, frame []byte) []byte {
	if len(frame) < EthernetLen {
		return append(b, "[|ether]"...)
	}
	kind, packet := binary.BigEndian.Uint16(frame[ethType:]), frame[EthernetLen:]
	switch kind {
	case EtherTypeIPv4:
		return dump4(append(b, "IP "...), packet)
	case EtherTypeIPv6:
		return dump6(append(b, "IP6 "...), packet)
	case etherTypeARP:
		return dumpARP(append(b, "ARP, "...), packet)
	}
	b = append(b, "ethertype 0x"...)
	b = strconv.AppendUint(b, uint64(kind), 16)
	return number(b, ", length ", len(packet))
}

const (
	etherTypeARP   = 0x0806
	ip6NextHop     = 0  // RFC 8200 §4.3
	ip6NextFrag    = 44 // RFC 8200 §4.5
	ip6FragmentLen = 8
)

func number[T int | uint16 | uint32 | uint8](b []byte, what string, n T) []byte {
	return strconv.AppendUint(append(b, what...), uint64(n), 10)
}

func dump4(b, p []byte) []byte {
	if len(p) < IPv4Len || int(p[0]&15)*4 < IPv4Len || int(p[0]&15)*4 > len(p) {
		return append(b, "[|ip]"...)
	}
	src, dst := netip.AddrFrom4([4]byte(p[ip4Src:])), netip.AddrFrom4([4]byte(p[ip4Dst:]))
	head, total := int(p[0]&15)*4, int(binary.BigEndian.Uint16(p[ip4TotalLen:]))
	frag := binary.BigEndian.Uint16(p[ip4Frag:])
	body := p[head:max(head, min(total, len(p)))]
	if frag&ip4FragMask != 0 {
		b = arrow(b, src, dst, nil)
		return number(b, " ip-proto-", p[ip4Proto])
	}
	return dumpPayload(b, src, dst, p[ip4Proto], body, max(0, total-head))
}

func dump6(b, p []byte) []byte {
	if len(p) < IPv6Len {
		return append(b, "[|ip6]"...)
	}
	src, dst := netip.AddrFrom16([16]byte(p[ip6Src:])), netip.AddrFrom16([16]byte(p[ip6Dst:]))
	n := int(binary.BigEndian.Uint16(p[ip6Payload:]))
	next, body := p[ip6Next], p[IPv6Len:min(len(p), IPv6Len+n)]
	// tcpdump prints the addresses first when a header stands before the
	// payload, and again, with ports, where the payload has some.
	for next == ip6NextHop || next == ip6NextFrag {
		if len(body) < 8 {
			return append(b, "[|ip6]"...)
		}
		if next == ip6NextHop {
			b = append(arrow(b, src, dst, nil), " HBH"...)
			skip := min(8+int(body[1])*8, len(body))
			next, body, n = body[0], body[skip:], n-skip
			if next == ProtoICMPv6 {
				return dumpICMP6(append(b, ' '), body, n)
			}
			b = append(b, ' ')
			continue
		}
		off := binary.BigEndian.Uint16(body[2:])
		b = append(arrow(b, src, dst, nil), " frag ("...)
		b = number(b, "", off&^7)
		b = append(number(b, "|", n-ip6FragmentLen), ')')
		next, body, n = body[0], body[ip6FragmentLen:], n-ip6FragmentLen
		if off&^7 != 0 {
			return b
		}
		b = append(b, ' ')
		if next == ProtoICMPv6 {
			return dumpICMP6(b, body, n)
		}
		src, dst = netip.Addr{}, netip.Addr{} // not again
	}
	return dumpPayload(b, src, dst, next, body, n)
}

// arrow is "source > destination:", with ports if the payload begins with them.
// Addresses that are not valid are left out.
func arrow(b []byte, src, dst netip.Addr, ports []byte) []byte {
	for i, a := range [2]netip.Addr{src, dst} {
		if i == 1 {
			b = append(b, " > "...)
		}
		if a.IsValid() {
			b = a.AppendTo(b)
		}
		if ports != nil {
			if a.IsValid() {
				b = append(b, '.')
			}
			b = number(b, "", binary.BigEndian.Uint16(ports[2*i:]))
		}
	}
	return append(b, ':')
}

// dumpPayload is what an IP packet carries; body may be cut short, n is its
// length by the header.
func dumpPayload(b []byte, src, dst netip.Addr, proto uint8, body []byte, n int) []byte {
	switch proto {
	case ProtoTCP:
		if len(body) < TCPLen {
			return append(arrow(b, src, dst, nil), " [|tcp]"...)
		}
		return dumpTCP(arrow(b, src, dst, body), body, n)
	case ProtoUDP:
		if len(body) < UDPLen {
			return append(arrow(b, src, dst, nil), " [|udp]"...)
		}
		b = arrow(b, src, dst, body)
		return number(b, " UDP, length ", max(0, int(binary.BigEndian.Uint16(body[udpLength:]))-UDPLen))
	case ProtoICMP:
		return dumpICMP(append(arrow(b, src, dst, nil), " ICMP "...), body, n)
	case ProtoICMPv6:
		return dumpICMP6(append(arrow(b, src, dst, nil), ' '), body, n)
	}
	b = number(arrow(b, src, dst, nil), "  ip-proto-", proto) // two spaces, as there
	return number(b, " ", n)
}

func dumpTCP(b, s []byte, n int) []byte {
	head := int(s[tcpOffset]>>4) * 4
	if head < TCPLen || head > n {
		b = number(b, " tcp ", n)
		b = number(b, " [bad hdr length ", head)
		return append(b, ']')
	}
	h := TCP{Seq: binary.BigEndian.Uint32(s[tcpSeq:]), Ack: binary.BigEndian.Uint32(s[tcpAck:]), Flags: Flags(s[tcpOffset+1]),
		Window: binary.BigEndian.Uint16(s[tcpWindow:]), Urgent: binary.BigEndian.Uint16(s[tcpUrgent:]), Options: s[TCPLen:min(head, len(s))]}
	return AppendDumpTCP(append(b, ' '), &h, n-head)
}

// AppendDumpTCP appends what stands behind the addresses of a TCP segment with
// n bytes of payload: "Flags [P.], seq 1:6, ack 1, win 502, length 5".
func AppendDumpTCP(b []byte, h *TCP, n int) []byte {
	b = append(append(append(b, "Flags ["...), h.Flags.String()...), ']')
	if n > 0 {
		b = number(b, ", seq ", h.Seq)
		b = number(b, ":", h.Seq+uint32(n))
	} else if h.Flags&(SYN|FIN|RST) != 0 {
		b = number(b, ", seq ", h.Seq)
	}
	if h.Flags&ACK != 0 {
		b = number(b, ", ack ", h.Ack)
	}
	b = number(b, ", win ", h.Window)
	if h.Flags&URG != 0 {
		b = number(b, ", urg ", h.Urgent)
	}
	if len(h.Options) > 0 {
		var ok bool
		if b, ok = dumpOptions(append(b, ", options ["...), h.Options); !ok {
			return b // and so does tcpdump
		}
		b = append(b, ']')
	}
	return number(b, ", length ", n)
}

// dumpOptions reports false when it met an option it could not read.
func dumpOptions(b, o []byte) (_ []byte, ok bool) {
	for first := true; len(o) > 0; first = false {
		if !first {
			b = append(b, ',')
		}
		kind := o[0]
		if kind == optNop || kind == optEnd {
			b = append(b, map[byte]string{optNop: "nop", optEnd: "eol"}[kind]...)
			if kind == optEnd {
				return b, true
			}
			o = o[1:]
			continue
		}
		if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
			return append(b, "[bad opt]]"...), false
		}
		value := o[2:o[1]]
		if names := [...]string{optMSS: "mss", optWindowScale: "wscale", optTimestamps: "TS"}; int(kind) < len(names) && names[kind] != "" &&
			len(value) != [...]int{optMSS: 2, optWindowScale: 1, optTimestamps: 8}[kind] {
			return append(append(b, names[kind]...), "[bad opt]"...), false
		}
		b, o = dumpOption(b, kind, value), o[o[1]:]
	}
	return b, true
}

func dumpOption(b []byte, kind byte, v []byte) []byte {
	be := binary.BigEndian
	switch {
	case kind == optMSS:
		return number(b, "mss ", be.Uint16(v))
	case kind == optWindowScale:
		return number(b, "wscale ", v[0])
	case kind == optSACKPermitted && len(v) == 0:
		return append(b, "sackOK"...)
	case kind == optTimestamps:
		return number(number(b, "TS val ", be.Uint32(v)), " ecr ", be.Uint32(v[4:]))
	case kind == optSACK && len(v)%lenSACKBlock == 0 && len(v) > 0:
		b = append(number(b, "sack ", len(v)/lenSACKBlock), ' ')
		for ; len(v) > 0; v = v[lenSACKBlock:] {
			b = append(number(number(b, "{", be.Uint32(v)), ":", be.Uint32(v[4:])), '}')
		}
		return b
	}
	b = number(b, "unknown-", kind)
	if len(v) > 0 {
		b = append(b, " 0x"...)
		for _, x := range v {
			b = append(b, "0123456789abcdef"[x>>4], "0123456789abcdef"[x&15])
		}
	}
	return b
}

func dumpARP(b, p []byte) []byte {
	const ethernetIPv4 = "\x00\x01\x08\x00\x06\x04" // hardware, protocol, their lengths
	if len(p) < 28 {
		return append(b, "[|arp]"...)
	}
	op := binary.BigEndian.Uint16(p[6:])
	if string(p[:6]) != ethernetIPv4 || op != 1 && op != 2 {
		return number(number(b, "op ", op), ", length ", len(p))
	}
	sender, target := netip.AddrFrom4([4]byte(p[14:])), netip.AddrFrom4([4]byte(p[24:]))
	if op == 1 {
		b = target.AppendTo(append(b, "Request who-has "...))
		b = sender.AppendTo(append(b, " tell "...))
	} else {
		b = sender.AppendTo(append(b, "Reply "...))
		b = append(append(b, " is-at "...), MAC(p[8:14]).String()...)
	}
	return number(b, ", length ", len(p))
}
