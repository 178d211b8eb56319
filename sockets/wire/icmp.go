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

// Types and codes this package's users send.
const (
	ICMPUnreachable       = 3 // RFC 792
	ICMPPortUnreachable   = 3 // code
	ICMPv6Unreachable     = 1 // RFC 4443 §3.1
	ICMPv6PortUnreachable = 4 // code
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
