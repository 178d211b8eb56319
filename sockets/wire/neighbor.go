package wire

//	┌───────────────────────────────────────────────────────────────┐
//	│                  target address, 16 bytes                     │  0
//	├───────────────┬───────────────┬───────────────────────────────┤
//	│  option type  │  length: 1    │      link-layer address       │ 16
//	├───────────────┴───────────────┤                               │
//	│                               │                               │
//	└───────────────────────────────┴───────────────────────────────┘
//
// The body of a neighbour solicitation or advertisement: IPv6's ARP, carried
// by ICMPv6 (RFC 4861 §4.3, §4.4). Options are counted in 8 bytes; the one used
// says who speaks: type 1 in a solicitation, type 2 in an advertisement.
const (
	// NeighborLen is the length of a body with a link-layer address.
	NeighborLen = 24

	ndSourceLink = 1
	ndTargetLink = 2

	// Bits of ICMP.Rest in an advertisement.
	NeighborRouter    = 1 << 31
	NeighborSolicited = 1 << 30
	NeighborOverride  = 1 << 29
)

// Neighbor is the body of a neighbour solicitation or advertisement.
type Neighbor struct {
	Target [16]byte
	Link   MAC  // the speaker's, if there
	HasMAC bool // whether the option is there
}

// ParseNeighbor reads the body of a message: solicit says which kind.
func ParseNeighbor(body []byte, solicit bool) (n Neighbor, err error) {
	if len(body) < 16 {
		return n, short("neighbor", len(body), 16)
	}
	n.Target = [16]byte(body)
	if n.Target[0] == 0xff {
		return n, &Error{"neighbor", "target", int64(n.Target[0]), "no multicast address", ErrField}
	}
	want := byte(ndTargetLink)
	if solicit {
		want = ndSourceLink
	}
	for o := body[16:]; len(o) > 0; {
		if len(o) < 8 || o[1] == 0 || int(o[1])*8 > len(o) {
			return n, &Error{"neighbor", "option length", int64(len(o)), "1 and more words of 8 bytes, as far as the message goes", ErrField}
		}
		if o[0] == want {
			n.Link, n.HasMAC = MAC(o[2:]), true
		}
		o = o[int(o[1])*8:]
	}
	return n, nil
}

// Put writes the body to the first NeighborLen bytes of b, or 16 without a
// link-layer address, and returns how many.
func (n *Neighbor) Put(b []byte, solicit bool) int {
	copy(b[:16], n.Target[:])
	if !n.HasMAC {
		return 16
	}
	b = b[:NeighborLen]
	b[16], b[17] = ndTargetLink, 1
	if solicit {
		b[16] = ndSourceLink
	}
	copy(b[18:], n.Link[:])
	return NeighborLen
}

// SolicitedNode is the group that everybody with an address ending in the same
// three bytes listens to (RFC 4291 §2.7.1), and the group's Ethernet address
// (RFC 2464 §7).
func SolicitedNode(a [16]byte) (group [16]byte, mac MAC) {
	group = [16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: a[13], 14: a[14], 15: a[15]}
	return group, MAC{0x33, 0x33, 0xff, a[13], a[14], a[15]}
}
