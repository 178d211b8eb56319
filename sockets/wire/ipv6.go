package wire

import "encoding/binary"

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────┬───────────────┬───────────────────────────────────────┐
//	│   6   │ traffic class │              flow label               │  0
//	├───────┴───────────────┴───────┬───────────────┬───────────────┤
//	│        payload length         │  next header  │   hop limit   │  4
//	├───────────────────────────────┴───────────────┴───────────────┤
//	│                    source address, 16 bytes                   │  8
//	├───────────────────────────────────────────────────────────────┤
//	│                 destination address, 16 bytes                 │ 24
//	└───────────────────────────────────────────────────────────────┘
//
// Offsets of the IPv6 header (RFC 8200 §3), in bytes.
const (
	ip6Payload = 4
	ip6Next    = 6
	ip6Hop     = 7
	ip6Src     = 8
	ip6Dst     = 24

	// IPv6Len is the length of an IPv6 header.
	IPv6Len = 40

	// ProtoICMPv6 is ICMPv6's number in the next header field.
	ProtoICMPv6 = 58
)

// IPv6 is the header of an IPv6 packet. Extension headers are not looked at.
type IPv6 struct {
	TrafficClass uint8
	FlowLabel    uint32 // 20 bits
	PayloadLen   uint16 // in bytes, without this header
	Next         uint8  // protocol of the payload
	HopLimit     uint8
	Src, Dst     [16]byte
}

// ParseIPv6 reads the header at the start of b and returns the packet's
// payload, cut to the length field.
func ParseIPv6(b []byte) (h IPv6, payload []byte, err error) {
	if len(b) < IPv6Len {
		return h, nil, short("IPv6", len(b), IPv6Len)
	}
	w := binary.BigEndian.Uint32(b)
	if w>>28 != 6 {
		return h, nil, between("IPv6", "version", int(w>>28), 6, 6, ErrField)
	}
	n := int(binary.BigEndian.Uint16(b[ip6Payload:]))
	if IPv6Len+n > len(b) {
		return h, nil, between("IPv6", "payload length", n, 0, len(b)-IPv6Len, ErrTruncated)
	}
	h = IPv6{TrafficClass: uint8(w >> 20), FlowLabel: w & 0xfffff, PayloadLen: uint16(n), Next: b[ip6Next], HopLimit: b[ip6Hop]}
	copy(h.Src[:], b[ip6Src:])
	copy(h.Dst[:], b[ip6Dst:])
	return h, b[IPv6Len : IPv6Len+n : IPv6Len+n], nil
}

// Put writes the header to the first IPv6Len bytes of b and returns IPv6Len.
func (h *IPv6) Put(b []byte) int {
	b = b[:IPv6Len]
	binary.BigEndian.PutUint32(b, 6<<28|uint32(h.TrafficClass)<<20|h.FlowLabel&0xfffff)
	binary.BigEndian.PutUint16(b[ip6Payload:], h.PayloadLen)
	b[ip6Next], b[ip6Hop] = h.Next, h.HopLimit
	copy(b[ip6Src:], h.Src[:])
	copy(b[ip6Dst:], h.Dst[:])
	return IPv6Len
}
