package wire

import "strconv"

// FiveTuple names one direction of a connection: protocol, and address and
// port of either end. It is a comparable value of 16 bytes.
type FiveTuple struct {
	Proto            uint8
	Src, Dst         Addr4
	SrcPort, DstPort uint16
}

// Reverse is the tuple of the opposite direction.
func (t FiveTuple) Reverse() FiveTuple {
	return FiveTuple{t.Proto, t.Dst, t.Src, t.DstPort, t.SrcPort}
}

// String returns "10.0.0.2:40000 > 10.0.0.1:80 tcp".
func (t FiveTuple) String() string {
	b := make([]byte, 0, 48)
	b = append(t.Src.Append(b), ':')
	b = strconv.AppendUint(b, uint64(t.SrcPort), 10)
	b = append(b, " > "...)
	b = append(t.Dst.Append(b), ':')
	b = strconv.AppendUint(b, uint64(t.DstPort), 10)
	b = append(b, ' ')
	switch t.Proto {
	case ProtoTCP:
		b = append(b, "tcp"...)
	case ProtoUDP:
		b = append(b, "udp"...)
	case ProtoICMP:
		b = append(b, "icmp"...)
	default:
		b = strconv.AppendUint(append(b, "proto "...), uint64(t.Proto), 10)
	}
	return string(b)
}

// Hash spreads the tuple over 64 bits. It is the same on every platform and in
// every run. It is not keyed: a kernel's is (net/ipv4/inet_hashtables.c
// inet_ehash_secret), so that nobody outside can choose tuples that collide.
//
// The two words of the tuple pass through multiplications by odd constants and
// shifts that bring the high bits, where a product is well mixed, back down
// (the finisher of MurmurHash3, with a word fed in after the first step).
func (t FiveTuple) Hash() uint64 {
	h := (uint64(t.Src)<<32 | uint64(t.Dst)) * 0x9e3779b97f4a7c15
	h ^= h>>32 ^ (uint64(t.SrcPort)<<32 | uint64(t.DstPort)<<8 | uint64(t.Proto))
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
