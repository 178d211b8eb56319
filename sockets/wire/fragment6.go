package wire

import "encoding/binary"

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────────────┬───────────────┬─────────────────────────┬───┬─┐
//	│  next header  │   reserved    │     fragment offset     │ 0 │M│  0
//	├───────────────┴───────────────┴─────────────────────────┴───┴─┤
//	│                        identification                         │  4
//	└───────────────────────────────────────────────────────────────┘
//
// The fragment header of IPv6 (RFC 8200 §4.5). Only the source cuts packets.
const (
	// ProtoFragment6 is the fragment header's number.
	ProtoFragment6 = 44
	// Fragment6Len is its length.
	Fragment6Len = 8
)

// Fragment6 is the fragment header.
type Fragment6 struct {
	Next   uint8
	Offset uint16 // measured in 8 bytes
	More   bool
	ID     uint32
}

// ParseFragment6 reads the header at the start of b and returns what follows.
func ParseFragment6(b []byte) (f Fragment6, rest []byte, err error) {
	if len(b) < Fragment6Len {
		return f, nil, short("IPv6 fragment", len(b), Fragment6Len)
	}
	w := binary.BigEndian.Uint16(b[2:])
	return Fragment6{b[0], w >> 3, w&1 != 0, binary.BigEndian.Uint32(b[4:])}, b[Fragment6Len:], nil
}

// Put writes the header to the first Fragment6Len bytes of b.
func (f Fragment6) Put(b []byte) int {
	b = b[:Fragment6Len]
	w := f.Offset << 3
	if f.More {
		w |= 1
	}
	b[0], b[1] = f.Next, 0
	binary.BigEndian.PutUint16(b[2:], w)
	binary.BigEndian.PutUint32(b[4:], f.ID)
	return Fragment6Len
}
