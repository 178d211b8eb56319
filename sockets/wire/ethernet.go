package wire

import "encoding/binary"

//	 0                  6                  12     14
//	┌──────────────────┬──────────────────┬──────┬─────────
//	│ destination      │ source           │ type │ payload
//	└──────────────────┴──────────────────┴──────┴─────────
//
// Offsets of the Ethernet header (IEEE 802.3, DIX form), in bytes. The frame
// check sequence is not part of the bytes: the card appends it on the way out
// and removes it on the way in, so no driver sees it. Nor is the padding to 60
// bytes that the card adds to a short frame.
const (
	ethDst  = 0
	ethSrc  = 6
	ethType = 12

	// EthernetLen is the length of an Ethernet header.
	EthernetLen = 14
)

// Values of [Ethernet.Type] (IEEE 802 numbers).
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
	EtherTypeIPv6 = 0x86dd
)

// MAC is the address of a network card.
type MAC [6]byte

// Broadcast is the address of every card on the link.
var Broadcast = MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// String returns the usual form, "02:00:00:00:00:01".
func (m MAC) String() string {
	const hex = "0123456789abcdef"
	b := make([]byte, 0, 17)
	for i, x := range m {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, hex[x>>4], hex[x&15])
	}
	return string(b)
}

// Ethernet is the header of a frame.
type Ethernet struct {
	Dst, Src MAC
	Type     uint16
}

// ParseEthernet reads the header at the start of b and returns what follows
// it. Any 14 bytes are a header: whether the type is known is for the caller.
func ParseEthernet(b []byte) (h Ethernet, rest []byte, err error) {
	if len(b) < EthernetLen {
		return h, nil, short("Ethernet", len(b), EthernetLen)
	}
	h.Dst = MAC(b[ethDst:])
	h.Src = MAC(b[ethSrc:])
	h.Type = binary.BigEndian.Uint16(b[ethType:])
	return h, b[EthernetLen:], nil
}

// Put writes the header to the first EthernetLen bytes of b.
func (h Ethernet) Put(b []byte) {
	_ = b[EthernetLen-1]
	copy(b[ethDst:], h.Dst[:])
	copy(b[ethSrc:], h.Src[:])
	binary.BigEndian.PutUint16(b[ethType:], h.Type)
}
