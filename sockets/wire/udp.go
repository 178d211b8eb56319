package wire

import (
	"encoding/binary"
	"strconv"
)

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────────────────────────────┬───────────────────────────────┐
//	│          source port          │       destination port        │  0
//	├───────────────────────────────┼───────────────────────────────┤
//	│            length             │           checksum            │  4
//	└───────────────────────────────┴───────────────────────────────┘
//
// Offsets of the UDP header (RFC 768), in bytes.
const (
	udpSrcPort  = 0
	udpDstPort  = 2
	udpLength   = 4
	udpChecksum = 6

	// UDPLen is the length of a UDP header.
	UDPLen = 8
)

// UDP is the header of a datagram.
type UDP struct {
	SrcPort, DstPort uint16
	Length           uint16 // header and payload, in bytes
}

// ParseUDP reads the header at the start of b, the payload of an IP packet, and
// returns the datagram's payload, cut to the length field. The checksum is for
// [VerifyUDP].
func ParseUDP(b []byte) (h UDP, payload []byte, err error) {
	if len(b) < UDPLen {
		return h, nil, short("UDP", len(b), UDPLen)
	}
	n := int(binary.BigEndian.Uint16(b[udpLength:]))
	if n < UDPLen {
		return h, nil, between("UDP", "length", n, UDPLen, 65535, ErrField)
	}
	if n > len(b) {
		return h, nil, between("UDP", "length", n, UDPLen, len(b), ErrTruncated)
	}
	h.SrcPort = binary.BigEndian.Uint16(b[udpSrcPort:])
	h.DstPort = binary.BigEndian.Uint16(b[udpDstPort:])
	h.Length = uint16(n)
	return h, b[UDPLen:n:n], nil
}

// VerifyUDP checks the checksum of a datagram, b from its first byte to its
// last, under the pseudo-header's sum. A field of zero means that the sender
// computed none (RFC 768), which is allowed over IPv4.
func VerifyUDP(b []byte, pseudo Sum) error {
	if len(b) < UDPLen {
		return short("UDP", len(b), UDPLen)
	}
	got := binary.BigEndian.Uint16(b[udpChecksum:])
	if got == 0 || (pseudo + SumBytes(b)).Valid() {
		return nil
	}
	return badChecksum("UDP", got, nonZero((pseudo + SumBytes(b) + Sum(^got)).Checksum()))
}

// Put writes the header to the first UDPLen bytes of b, with the length and
// the checksum that belong to payload under the pseudo-header's sum, and
// returns UDPLen. It does not copy payload. h.Length is not used.
func (h UDP) Put(b []byte, pseudo Sum, payload []byte) int {
	n := UDPLen + len(payload)
	if n > 65535 {
		panic("wire: UDP length is " + strconv.Itoa(n) + ", allowed: 8 to 65535")
	}
	b = b[:UDPLen]
	binary.BigEndian.PutUint16(b[udpSrcPort:], h.SrcPort)
	binary.BigEndian.PutUint16(b[udpDstPort:], h.DstPort)
	binary.BigEndian.PutUint16(b[udpLength:], uint16(n))
	sum := pseudo + Sum(h.SrcPort) + Sum(h.DstPort) + Sum(n) + SumBytes(payload)
	binary.BigEndian.PutUint16(b[udpChecksum:], nonZero(sum.Checksum()))
	return UDPLen
}

// nonZero replaces a checksum of zero, which would mean "none", by its other
// form in one's complement (RFC 768).
func nonZero(checksum uint16) uint16 {
	if checksum == 0 {
		return 0xffff
	}
	return checksum
}
