package wire

import (
	"encoding/binary"
	"strconv"
)

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────────────────────────────┬───────────────────────────────┐
//	│          source port          │       destination port        │  0
//	├───────────────────────────────┴───────────────────────────────┤
//	│                        sequence number                        │  4
//	├───────────────────────────────────────────────────────────────┤
//	│                    acknowledgment number                      │  8
//	├───────┬───────┬─┬─┬─┬─┬─┬─┬─┬─┬───────────────────────────────┤
//	│ data  │       │C│E│U│A│P│R│S│F│                               │
//	│offset │reserv.│W│C│R│C│S│S│Y│I│            window             │ 12
//	│       │       │R│E│G│K│H│T│N│N│                               │
//	├───────┴───────┴─┴─┴─┴─┴─┴─┴─┴─┼───────────────────────────────┤
//	│           checksum            │        urgent pointer         │ 16
//	└───────────────────────────────┴───────────────────────────────┘
//
// Offsets of the TCP header (RFC 9293 §3.1), in bytes. The data offset counts
// words of four bytes, options included.
const (
	tcpSrcPort  = 0
	tcpDstPort  = 2
	tcpSeq      = 4
	tcpAck      = 8
	tcpOffset   = 12
	tcpFlags    = 13
	tcpWindow   = 14
	tcpChecksum = 16
	tcpUrgent   = 18

	// TCPLen is the length of a TCP header without options.
	TCPLen = 20
)

// Flags are the control bits of a TCP header.
type Flags uint8

// The control bits (RFC 9293 §3.1).
const (
	FIN Flags = 1 << iota // no more data from sender
	SYN                   // synchronize sequence numbers
	RST                   // reset the connection
	PSH                   // push function
	ACK                   // acknowledgment field is significant
	URG                   // urgent pointer field is significant
	ECE                   // ECN echo (RFC 3168)
	CWR                   // congestion window reduced (RFC 3168)
)

// String returns tcpdump's spelling: "S", "S.", "P.", "F.", "R", "."; "none"
// without any flag.
func (f Flags) String() string {
	if f == 0 {
		return "none"
	}
	const letters = "FSRP.UEW"
	var b [8]byte
	n := 0
	for i := range letters {
		if f>>i&1 == 1 {
			b[n] = letters[i]
			n++
		}
	}
	return string(b[:n])
}

// TCP is the header of a segment.
type TCP struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            Flags
	Window           uint16 // as on the wire, before the window scale
	Urgent           uint16
	Options          []byte // raw, see TCPOptions; after parsing a part of the bytes parsed
}

// HeaderLen is the length of the header with its options, in bytes: they are
// padded to a multiple of four.
func (h *TCP) HeaderLen() int { return TCPLen + pad4(len(h.Options)) }

// ParseTCP reads the header at the start of b, the payload of an IP packet, and
// returns the segment's payload. It checks the data offset. The checksum is for
// [VerifyTCP]; the reserved bits are ignored, as RFC 9293 §3.1 demands.
func ParseTCP(b []byte) (h TCP, payload []byte, err error) {
	if len(b) < TCPLen {
		return h, nil, short("TCP", len(b), TCPLen)
	}
	n := int(b[tcpOffset]>>4) * 4
	if n < TCPLen {
		return h, nil, between("TCP", "data offset", n/4, 5, 15, ErrField)
	}
	if n > len(b) {
		return h, nil, between("TCP", "data offset", n/4, 5, len(b)/4, ErrTruncated)
	}
	h = TCP{
		SrcPort: binary.BigEndian.Uint16(b[tcpSrcPort:]),
		DstPort: binary.BigEndian.Uint16(b[tcpDstPort:]),
		Seq:     binary.BigEndian.Uint32(b[tcpSeq:]),
		Ack:     binary.BigEndian.Uint32(b[tcpAck:]),
		Flags:   Flags(b[tcpFlags]),
		Window:  binary.BigEndian.Uint16(b[tcpWindow:]),
		Urgent:  binary.BigEndian.Uint16(b[tcpUrgent:]),
		Options: b[TCPLen:n:n],
	}
	return h, b[n:], nil
}

// VerifyTCP checks the checksum of a segment, b from its first byte to its
// last, under the pseudo-header's sum. It is apart from [ParseTCP] because a
// card that has verified it already spares the host the work.
func VerifyTCP(b []byte, pseudo Sum) error {
	if len(b) < TCPLen {
		return short("TCP", len(b), TCPLen)
	}
	sum := pseudo + SumBytes(b)
	if sum.Valid() {
		return nil
	}
	got := binary.BigEndian.Uint16(b[tcpChecksum:])
	return badChecksum("TCP", got, (sum + Sum(^got)).Checksum())
}

// Put writes the header to the start of b, with the checksum that belongs to
// payload under the pseudo-header's sum, and returns its length, HeaderLen. It
// does not copy payload.
func (h *TCP) Put(b []byte, pseudo Sum, payload []byte) int {
	n := h.HeaderLen()
	if len(h.Options) > maxOptions {
		panic("wire: TCP options of " + strconv.Itoa(len(h.Options)) + " bytes, allowed: 0 to 40")
	}
	b = b[:n]
	binary.BigEndian.PutUint16(b[tcpSrcPort:], h.SrcPort)
	binary.BigEndian.PutUint16(b[tcpDstPort:], h.DstPort)
	binary.BigEndian.PutUint32(b[tcpSeq:], h.Seq)
	binary.BigEndian.PutUint32(b[tcpAck:], h.Ack)
	b[tcpOffset] = uint8(n/4) << 4
	b[tcpFlags] = uint8(h.Flags)
	binary.BigEndian.PutUint16(b[tcpWindow:], h.Window)
	binary.BigEndian.PutUint16(b[tcpChecksum:], 0)
	binary.BigEndian.PutUint16(b[tcpUrgent:], h.Urgent)
	clear(b[TCPLen+copy(b[TCPLen:], h.Options):])
	binary.BigEndian.PutUint16(b[tcpChecksum:], (pseudo + SumBytes(b) + SumBytes(payload)).Checksum())
	return n
}
