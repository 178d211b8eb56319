package wire

import "encoding/binary"

//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	┌───────────────────────────────┬───────────────────────────────┐
//	│       hardware type: 1        │     protocol type: 0x0800     │  0
//	├───────────────┬───────────────┼───────────────────────────────┤
//	│hardware len: 6│protocol len: 4│      1 request, 2 reply       │  4
//	├───────────────┴───────────────┴───────────────────────────────┤
//	│ sender's hardware address (6), sender's protocol address (4)  │  8
//	├───────────────────────────────────────────────────────────────┤
//	│ target's hardware address (6), target's protocol address (4)  │ 18
//	└───────────────────────────────────────────────────────────────┘
//
// ARP asks who has an IPv4 address, and answers (RFC 826).
const (
	// ARPLen is the length of a message about IPv4 on Ethernet.
	ARPLen = 28

	ARPRequest = 1
	ARPReply   = 2
)

// ARP is a message: who the sender is, and whom it looks for or answers.
type ARP struct {
	Op        uint16
	SenderMAC MAC
	SenderIP  Addr4
	TargetMAC MAC // in a request: not known yet, zero
	TargetIP  Addr4
}

// ParseARP reads the message at the start of b, the payload of a frame. Only
// IPv4 over Ethernet is known.
func ParseARP(b []byte) (a ARP, err error) {
	if len(b) < ARPLen {
		return a, short("ARP", len(b), ARPLen)
	}
	for _, f := range [...]struct {
		field       string
		value, want int
	}{
		{"hardware type", int(binary.BigEndian.Uint16(b)), 1},
		{"protocol type", int(binary.BigEndian.Uint16(b[2:])), EtherTypeIPv4},
		{"hardware address length", int(b[4]), 6},
		{"protocol address length", int(b[5]), 4},
	} {
		if f.value != f.want {
			return a, between("ARP", f.field, f.value, f.want, f.want, ErrField)
		}
	}
	a.Op = binary.BigEndian.Uint16(b[6:])
	if a.Op != ARPRequest && a.Op != ARPReply {
		return a, between("ARP", "operation", int(a.Op), ARPRequest, ARPReply, ErrField)
	}
	a.SenderMAC, a.SenderIP = MAC(b[8:]), Addr4(binary.BigEndian.Uint32(b[14:]))
	a.TargetMAC, a.TargetIP = MAC(b[18:]), Addr4(binary.BigEndian.Uint32(b[24:]))
	return a, nil
}

// Put writes the message to the first ARPLen bytes of b and returns ARPLen.
func (a *ARP) Put(b []byte) int {
	b = b[:ARPLen]
	binary.BigEndian.PutUint32(b, 1<<16|EtherTypeIPv4)
	b[4], b[5] = 6, 4
	binary.BigEndian.PutUint16(b[6:], a.Op)
	copy(b[8:], a.SenderMAC[:])
	binary.BigEndian.PutUint32(b[14:], uint32(a.SenderIP))
	copy(b[18:], a.TargetMAC[:])
	binary.BigEndian.PutUint32(b[24:], uint32(a.TargetIP))
	return ARPLen
}
