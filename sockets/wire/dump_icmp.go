package wire

import (
	"encoding/binary"
	"net/netip"
)

// dumpICMP is a message of ICMP (RFC 792), of n bytes.
func dumpICMP(b, m []byte, n int) []byte {
	if len(m) < ICMPLen {
		return append(b, "[|icmp]"...)
	}
	be := binary.BigEndian
	switch m[0] {
	case 0, 8:
		b = append(b, map[byte]string{0: "echo reply", 8: "echo request"}[m[0]]...)
		b = number(number(b, ", id ", be.Uint16(m[4:])), ", seq ", be.Uint16(m[6:]))
	case ICMPUnreachable:
		b = dumpUnreachable(b, m[1], be.Uint16(m[6:]), m[ICMPLen:])
	case 5:
		b = append(append(b, "redirect "...), quotedDst(m[ICMPLen:])...)
		b = append(append(b, " to "...), map[bool]string{true: "host ", false: "net "}[m[1] == 1]...)
		b = netip.AddrFrom4([4]byte(m[4:])).AppendTo(b)
	case 11:
		if m[1] == 0 {
			b = append(b, "time exceeded in-transit"...)
		} else {
			b = append(b, "ip reassembly time exceeded"...)
		}
	case 12:
		if m[1] == 0 {
			b = number(b, "parameter problem - octet ", m[4])
		} else {
			b = number(b, "parameter problem - code ", m[1])
		}
	default:
		b = number(b, "type-#", m[0])
	}
	return number(b, ", length ", n)
}

// dumpUnreachable is type 3, with what it quotes.
func dumpUnreachable(b []byte, code uint8, mtu uint16, quoted []byte) []byte {
	dst := quotedDst(quoted)
	switch code {
	case 2:
		if len(quoted) >= IPv4Len {
			return append(number(append(b, dst...), " protocol ", quoted[ip4Proto]), " unreachable"...)
		}
	case ICMPPortUnreachable:
		if len(quoted) >= IPv4Len {
			head := int(quoted[0]&15) * 4
			if len(quoted) < head+4 {
				return append(b, "[|icmp]"...)
			}
			return dumpPort(append(append(b, dst...), ' '), quoted[ip4Proto], quoted[head:])
		}
	case 4:
		b = append(append(b, dst...), " unreachable - need to frag"...)
		if mtu != 0 {
			b = append(number(b, " (mtu ", mtu), ')')
		}
		return b
	}
	for _, c := range []struct {
		code         uint8
		before, then string
	}{{0, "net ", " unreachable"}, {1, "host ", " unreachable"}, {5, "", " unreachable - source route failed"},
		{9, "net ", " unreachable - admin prohibited"}, {10, "host ", " unreachable - admin prohibited"},
		{13, "host ", " unreachable - admin prohibited filter"}} {
		if c.code == code {
			return append(append(append(b, c.before...), dst...), c.then...)
		}
	}
	return number(append(b, dst...), " unreachable - #", code)
}

// dumpPort is "udp port 4000 unreachable", of a quoted packet's payload.
func dumpPort(b []byte, proto uint8, body []byte) []byte {
	port := binary.BigEndian.Uint16(body[2:])
	switch proto {
	case ProtoTCP:
		b = number(b, "tcp port ", port)
	case ProtoUDP:
		b = number(b, "udp port ", port)
	default:
		b = number(number(b, "protocol ", proto), " port ", port)
	}
	return append(b, " unreachable"...)
}

// quotedDst is where a quoted packet was going.
func quotedDst(quoted []byte) string {
	if len(quoted) < IPv4Len {
		return "[|ip]"
	}
	return netip.AddrFrom4([4]byte(quoted[ip4Dst:])).String()
}

// dumpICMP6 is a message of ICMPv6 (RFC 4443) or of neighbor discovery
// (RFC 4861), of n bytes.
func dumpICMP6(b, m []byte, n int) []byte {
	b = append(b, "ICMP6, "...)
	if len(m) < ICMPLen {
		return append(b, "[|icmp6]"...)
	}
	be := binary.BigEndian
	quoted, target := m[ICMPLen:], ""
	if len(quoted) >= 16 {
		target = netip.AddrFrom16([16]byte(quoted)).String()
	}
	switch m[0] {
	case ICMPv6Unreachable:
		b = dumpUnreachable6(append(b, "destination unreachable, "...), m[1], quoted)
	case 2:
		b = number(b, "packet too big, mtu ", be.Uint32(m[4:]))
	case 3:
		if m[1] == 0 {
			b = append(append(b, "time exceeded in-transit for "...), quotedDst6(quoted)...)
		} else {
			b = append(b, "time exceeded in-transit (reassembly)"...)
		}
	case 4:
		b = number(append(b, "parameter problem, "...), [...]string{"errorneous - octet ", "next header - octet ", "option - octet "}[min(m[1], 2)], be.Uint32(m[4:]))
	case 128, 129:
		b = append(b, map[byte]string{128: "echo request", 129: "echo reply"}[m[0]]...)
		b = number(number(b, ", id ", be.Uint16(m[4:])), ", seq ", be.Uint16(m[6:]))
	case 133:
		b = append(b, "router solicitation"...)
	case 134:
		b = append(b, "router advertisement"...)
	case 135:
		b = append(append(b, "neighbor solicitation, who has "...), target...)
	case 136:
		b = append(append(b, "neighbor advertisement, tgt is "...), target...)
	case 143:
		b = append(number(b, "multicast listener report v2, ", be.Uint16(m[6:])), " group record(s)"...)
	default:
		b = number(b, "type-#", m[0])
	}
	return number(b, ", length ", n)
}

func dumpUnreachable6(b []byte, code uint8, quoted []byte) []byte {
	dst := quotedDst6(quoted)
	if code == ICMPv6PortUnreachable && len(quoted) >= IPv6Len+4 {
		proto, body := quoted[ip6Next], quoted[IPv6Len:]
		b = append(append(append(b, "unreachable port, "...), dst...), ' ')
		port := binary.BigEndian.Uint16(body[2:])
		switch proto {
		case ProtoTCP:
			return number(b, "tcp port ", port)
		case ProtoUDP:
			return number(b, "udp port ", port)
		}
		return number(number(b, "protocol ", proto), " port ", port)
	}
	words := [...]string{"unreachable route ", " unreachable prohibited ", "beyond scope ", "unreachable address "}
	if int(code) < len(words) {
		b = append(append(b, words[code]...), dst...)
		if code == 2 && len(quoted) >= IPv6Len {
			b = netip.AddrFrom16([16]byte(quoted[ip6Src:])).AppendTo(append(b, ", source address "...))
		}
		return b
	}
	return number(b, "unknown unreach code ", code)
}

func quotedDst6(quoted []byte) string {
	if len(quoted) < IPv6Len {
		return "[|ip6]"
	}
	return netip.AddrFrom16([16]byte(quoted[ip6Dst:])).String()
}
