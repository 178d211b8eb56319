package wire

import "encoding/binary"

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────────────┬───────────────┬───────────────────────────────┐
//	│     type      │     code      │           checksum            │  0
//	├───────────────┴───────────────┴───────────────────────────────┤
//	│            rest of the header: its meaning is the type's      │  4
//	├───────────────────────────────────────────────────────────────┤
//	│  body: of an error, the start of the packet it complains of   │  8
//	└───────────────────────────────────────────────────────────────┘
//
// ICMP (RFC 792) and ICMPv6 (RFC 4443) messages have the same shape; they
// differ in their numbers, and ICMPv6 has a pseudo-header in its checksum.
const (
	icmpChecksum = 2
	icmpRest     = 4

	// ICMPLen is the length of the header.
	ICMPLen = 8
)

// Types of ICMP messages and codes of "unreachable" (RFC 792, RFC 1122 §3.2.2.1,
// RFC 1812 §5.2.7.1). In an [ICMPFragNeeded] the lower half of Rest is the MTU
// (RFC 1191 §4).
const (
	ICMPEchoReply    = 0
	ICMPUnreachable  = 3
	ICMPEchoRequest  = 8
	ICMPTimeExceeded = 11 // code 0: the TTL in transit; 1: the time to reassemble

	ICMPNetUnreachable      = 0
	ICMPHostUnreachable     = 1
	ICMPProtocolUnreachable = 2
	ICMPPortUnreachable     = 3
	ICMPFragNeeded          = 4
	ICMPProhibited          = 13 // by an administrator
)

// Types of ICMPv6 messages and their codes (RFC 4443 §3, RFC 4861 §4). Below
// 128 are errors. In a [ICMPv6PacketTooBig] Rest is the MTU.
const (
	ICMPv6Unreachable           = 1
	ICMPv6PacketTooBig          = 2
	ICMPv6TimeExceeded          = 3 // code 0: the hop limit; 1: the time to reassemble
	ICMPv6ParameterProblem      = 4
	ICMPv6EchoRequest           = 128
	ICMPv6EchoReply             = 129
	ICMPv6NeighborSolicitation  = 135
	ICMPv6NeighborAdvertisement = 136

	ICMPv6NoRoute            = 0 // codes of "unreachable"
	ICMPv6Prohibited         = 1
	ICMPv6AddressUnreachable = 3
	ICMPv6PortUnreachable    = 4
	ICMPv6UnknownHeader      = 1 // code of "parameter problem"
)

// ICMP is the header of a message of either protocol.
type ICMP struct {
	Type, Code uint8
	Rest       uint32
}

// ParseICMP reads a message, verifies its checksum under the pseudo-header's
// sum (0 for ICMP over IPv4), and returns its body.
func ParseICMP(b []byte, pseudo Sum) (h ICMP, body []byte, err error) {
	if len(b) < ICMPLen {
		return h, nil, short("ICMP", len(b), ICMPLen)
	}
	if !(pseudo + SumBytes(b)).Valid() {
		got := binary.BigEndian.Uint16(b[icmpChecksum:])
		return h, nil, badChecksum("ICMP", got, (pseudo + SumBytes(b) + Sum(^got)).Checksum())
	}
	return ICMP{b[0], b[1], binary.BigEndian.Uint32(b[icmpRest:])}, b[ICMPLen:], nil
}

// Put writes the header to the first ICMPLen bytes of b, with the checksum
// that belongs to body, and returns ICMPLen. It does not copy body.
func (h ICMP) Put(b []byte, pseudo Sum, body []byte) int {
	b = b[:ICMPLen]
	b[0], b[1] = h.Type, h.Code
	binary.BigEndian.PutUint16(b[icmpChecksum:], 0)
	binary.BigEndian.PutUint32(b[icmpRest:], h.Rest)
	sum := pseudo + SumBytes(b) + SumBytes(body)
	binary.BigEndian.PutUint16(b[icmpChecksum:], sum.Checksum())
	return ICMPLen
}
