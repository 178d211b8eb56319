package wire

import (
	"encoding/binary"
	"strconv"
)

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────┬───────┬───────────────┬───────────────────────────────┐
//	│version│  IHL  │      TOS      │         total length          │  0
//	├───────┴───────┴───────────────┼─┬─┬─┬─────────────────────────┤
//	│        identification         │0│D│M│     fragment offset     │  4
//	├───────────────┬───────────────┼─┴─┴─┴─────────────────────────┤
//	│      TTL      │   protocol    │        header checksum        │  8
//	├───────────────┴───────────────┴───────────────────────────────┤
//	│                        source address                         │ 12
//	├───────────────────────────────────────────────────────────────┤
//	│                      destination address                      │ 16
//	└───────────────────────────────────────────────────────────────┘
//
// Offsets of the IPv4 header (RFC 791 §3.1), in bytes. IHL counts words of
// four bytes, options included.
const (
	ip4VersionIHL = 0
	ip4TOS        = 1
	ip4TotalLen   = 2
	ip4ID         = 4
	ip4Frag       = 6
	ip4TTL        = 8
	ip4Proto      = 9
	ip4Checksum   = 10
	ip4Src        = 12
	ip4Dst        = 16

	ip4DF       = 0x4000 // don't fragment
	ip4MF       = 0x2000 // more fragments
	ip4FragMask = 0x1fff

	// IPv4Len is the length of an IPv4 header without options.
	IPv4Len = 20
	// maxOptions is the most an IPv4 or a TCP header has room for: 15 words
	// less the 5 of the header itself.
	maxOptions = 40
)

// Values of [IPv4.Proto] (IANA protocol numbers).
const (
	ProtoICMP = 1
	ProtoTCP  = 6
	ProtoUDP  = 17
)

// IPv4 is the header of a packet. The zero Options are none.
type IPv4 struct {
	TOS      uint8
	TotalLen uint16 // header and payload, in bytes
	ID       uint16
	DF, MF   bool   // don't fragment; more fragments follow
	FragOff  uint16 // measured in 8 bytes
	TTL      uint8
	Proto    uint8
	Src, Dst Addr4
	Options  []byte // raw; after parsing a part of the bytes parsed
}

// HeaderLen is the length of the header with its options, in bytes: they are
// padded to a multiple of four.
func (h *IPv4) HeaderLen() int { return IPv4Len + pad4(len(h.Options)) }

// ParseIPv4 reads the header at the start of b and returns the payload, cut to
// the total length (a short frame is padded on the link). It checks version,
// IHL, total length and header checksum, as RFC 1122 §3.2.1 demands.
func ParseIPv4(b []byte) (h IPv4, payload []byte, err error) {
	if len(b) < IPv4Len {
		return h, nil, short("IPv4", len(b), IPv4Len)
	}
	if v := int(b[ip4VersionIHL] >> 4); v != 4 {
		return h, nil, between("IPv4", "version", v, 4, 4, ErrField)
	}
	ihl := int(b[ip4VersionIHL]&15) * 4
	if ihl < IPv4Len {
		return h, nil, between("IPv4", "IHL", ihl/4, 5, 15, ErrField)
	}
	if len(b) < ihl {
		return h, nil, short("IPv4", len(b), ihl)
	}
	total := int(binary.BigEndian.Uint16(b[ip4TotalLen:]))
	if total < ihl {
		return h, nil, between("IPv4", "total length", total, ihl, 65535, ErrField)
	}
	if total > len(b) {
		return h, nil, between("IPv4", "total length", total, ihl, len(b), ErrTruncated)
	}
	if SumBytes(b[:ihl]).fold() != 0xffff {
		got := binary.BigEndian.Uint16(b[ip4Checksum:])
		return h, nil, badChecksum("IPv4", got, (SumBytes(b[:ihl]) + Sum(^got)).Checksum())
	}
	frag := binary.BigEndian.Uint16(b[ip4Frag:])
	h = IPv4{
		TOS:      b[ip4TOS],
		TotalLen: uint16(total),
		ID:       binary.BigEndian.Uint16(b[ip4ID:]),
		DF:       frag&ip4DF != 0,
		MF:       frag&ip4MF != 0,
		FragOff:  frag & ip4FragMask,
		TTL:      b[ip4TTL],
		Proto:    b[ip4Proto],
		Src:      Addr4(binary.BigEndian.Uint32(b[ip4Src:])),
		Dst:      Addr4(binary.BigEndian.Uint32(b[ip4Dst:])),
		Options:  b[IPv4Len:ihl:ihl],
	}
	return h, b[ihl:total:total], nil
}

// Put writes the header with its checksum to the start of b and returns its
// length, HeaderLen. TotalLen is written as it stands.
func (h *IPv4) Put(b []byte) int {
	n := h.HeaderLen()
	if len(h.Options) > maxOptions {
		panic("wire: IPv4 options of " + strconv.Itoa(len(h.Options)) + " bytes, allowed: 0 to 40")
	}
	if h.FragOff > ip4FragMask {
		panic("wire: IPv4 fragment offset " + strconv.Itoa(int(h.FragOff)) + ", allowed: 0 to 8191")
	}
	b = b[:n]
	b[ip4VersionIHL] = 4<<4 | uint8(n/4)
	b[ip4TOS] = h.TOS
	binary.BigEndian.PutUint16(b[ip4TotalLen:], h.TotalLen)
	binary.BigEndian.PutUint16(b[ip4ID:], h.ID)
	binary.BigEndian.PutUint16(b[ip4Frag:], h.frag())
	b[ip4TTL] = h.TTL
	b[ip4Proto] = h.Proto
	binary.BigEndian.PutUint16(b[ip4Checksum:], 0)
	binary.BigEndian.PutUint32(b[ip4Src:], uint32(h.Src))
	binary.BigEndian.PutUint32(b[ip4Dst:], uint32(h.Dst))
	clear(b[IPv4Len+copy(b[IPv4Len:], h.Options):])
	binary.BigEndian.PutUint16(b[ip4Checksum:], SumBytes(b).Checksum())
	return n
}

// frag is the word with the flags and the fragment offset.
func (h *IPv4) frag() uint16 {
	f := h.FragOff
	if h.DF {
		f |= ip4DF
	}
	if h.MF {
		f |= ip4MF
	}
	return f
}

// pad4 rounds n up to a multiple of four.
func pad4(n int) int { return (n + 3) &^ 3 }

// Addr4 is an IPv4 address as a number: 10.0.0.1 is 0x0a000001, so that
// neighbours are one apart. The zero Addr4 is 0.0.0.0, the wildcard.
type Addr4 uint32

// String returns the dotted form, "10.0.0.1".
func (a Addr4) String() string {
	var b [15]byte
	return string(a.Append(b[:0]))
}

// Append appends the dotted form to b and returns the longer b.
func (a Addr4) Append(b []byte) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		b = strconv.AppendUint(b, uint64(a>>shift&255), 10)
		if shift > 0 {
			b = append(b, '.')
		}
	}
	return b
}

// ParseAddr4 reads the dotted form: four decimal numbers from 0 to 255,
// without leading zeros (which some readers take for octal).
func ParseAddr4(s string) (Addr4, error) {
	var a Addr4
	rest := s
	for i := range 4 {
		if i > 0 {
			if rest == "" || rest[0] != '.' {
				return 0, addrError(s)
			}
			rest = rest[1:]
		}
		part, digits := 0, 0
		for digits < len(rest) && digits < 3 && rest[digits]-'0' <= 9 {
			part = part*10 + int(rest[digits]-'0')
			digits++
		}
		if digits == 0 || part > 255 || digits > 1 && rest[0] == '0' {
			return 0, addrError(s)
		}
		a = a<<8 | Addr4(part)
		rest = rest[digits:]
	}
	if rest != "" {
		return 0, addrError(s)
	}
	return a, nil
}

type addrError string

func (s addrError) Error() string {
	return "wire: IPv4 address is " + strconv.Quote(string(s)) +
		", allowed: four numbers from 0 to 255 with dots between, as in 10.0.0.1"
}
