package sockets

import (
	"fmt"
	"net/netip"

	"socketbook/sockets/wire"
)

// tellICMP puts a message on the tape, in tcpdump's words.
func (h *Host) tellICMP(at Station, src, dst wire.Addr4, icmp wire.ICMP, body []byte) {
	text := h.net.bare(src) + " > " + h.net.bare(dst) + ": "
	if isSix(dst) {
		text += "ICMP6, " + h.net.icmp6Text(icmp, body)
	} else {
		text += "ICMP " + icmp4Text(icmp, body)
	}
	h.net.tape.add(Event{Host: h.name, Station: at, Len: wire.ICMPLen + len(body),
		Text: text + ", length " + itoa(wire.ICMPLen+len(body))})
}

// bare is an address without brackets.
func (n *Network) bare(a wire.Addr4) string {
	if isSix(a) {
		return netip.AddrFrom16(n.addr6(a)).String()
	}
	return a.String()
}

func echoText(what string, rest uint32) string {
	return fmt.Sprintf("%s, id %d, seq %d", what, rest>>16, rest&0xffff)
}

// icmp4Text is print-icmp.c of tcpdump.
func icmp4Text(icmp wire.ICMP, body []byte) string {
	to, port, proto := "", "", uint8(0)
	if len(body) >= wire.IPv4Len {
		to, proto = be32(body[16:]).String(), body[9]
		if at := int(body[0]&15) * 4; len(body) >= at+4 {
			port = itoa(int(be16(body[at+2:])))
		}
	}
	switch icmp.Type {
	case wire.ICMPEchoRequest:
		return echoText("echo request", icmp.Rest)
	case wire.ICMPEchoReply:
		return echoText("echo reply", icmp.Rest)
	case wire.ICMPTimeExceeded:
		if icmp.Code == 1 {
			return "ip reassembly time exceeded"
		}
		return "time exceeded in-transit"
	case wire.ICMPUnreachable:
		switch icmp.Code {
		case wire.ICMPNetUnreachable:
			return "net " + to + " unreachable"
		case wire.ICMPHostUnreachable:
			return "host " + to + " unreachable"
		case wire.ICMPProtocolUnreachable:
			return to + " protocol " + itoa(int(proto)) + " unreachable"
		case wire.ICMPPortUnreachable:
			name := "udp"
			if proto == wire.ProtoTCP {
				name = "tcp"
			}
			return to + " " + name + " port " + port + " unreachable"
		case wire.ICMPFragNeeded:
			return to + " unreachable - need to frag (mtu " + itoa(int(icmp.Rest&0xffff)) + ")"
		case wire.ICMPProhibited:
			return "host " + to + " unreachable - admin prohibited filter"
		}
	}
	return fmt.Sprintf("type-#%d code-#%d", icmp.Type, icmp.Code)
}

// icmp6Text is print-icmp6.c.
func (n *Network) icmp6Text(icmp wire.ICMP, body []byte) string {
	to, port := "", ""
	if len(body) >= wire.IPv6Len {
		to = netip.AddrFrom16([16]byte(body[24:])).String()
		if len(body) >= wire.IPv6Len+4 {
			port = itoa(int(be16(body[wire.IPv6Len+2:])))
		}
	}
	target := ""
	if len(body) >= 16 {
		target = netip.AddrFrom16([16]byte(body)).String()
	}
	switch icmp.Type {
	case wire.ICMPv6EchoRequest:
		return echoText("echo request", icmp.Rest)
	case wire.ICMPv6EchoReply:
		return echoText("echo reply", icmp.Rest)
	case wire.ICMPv6TimeExceeded:
		if icmp.Code == 1 {
			return "time exceeded in-reassembly (reassembly)"
		}
		return "time exceeded in-transit for " + to
	case wire.ICMPv6PacketTooBig:
		return "packet too big, mtu " + itoa(int(icmp.Rest))
	case wire.ICMPv6ParameterProblem:
		return "parameter problem, next header - octet " + itoa(int(icmp.Rest))
	case wire.ICMPv6NeighborSolicitation:
		return "neighbor solicitation, who has " + target
	case wire.ICMPv6NeighborAdvertisement:
		return "neighbor advertisement, tgt is " + target
	case wire.ICMPv6Unreachable:
		switch icmp.Code {
		case wire.ICMPv6NoRoute:
			return "destination unreachable, unreachable route " + to
		case wire.ICMPv6Prohibited:
			return "destination unreachable, unreachable prohibited " + to
		case wire.ICMPv6AddressUnreachable:
			return "destination unreachable, unreachable address " + to
		case wire.ICMPv6PortUnreachable:
			return "destination unreachable, unreachable port, " + to + " udp port " + port
		}
	}
	return fmt.Sprintf("type-#%d code-#%d", icmp.Type, icmp.Code)
}
