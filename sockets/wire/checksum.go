package wire

import (
	"encoding/binary"
	"math/bits"
)

// Sum is a part of an Internet checksum (RFC 1071): the sum of the 16-bit
// words of some bytes, not yet folded. Sums of parts add up with +, as long as
// every part but the last has an even number of bytes.
//
// The checksum counts modulo 2¹⁶-1, where a word weighs the same at any even
// position: a<<16 + b equals a + b. So a 32-bit field, a sequence number or an
// address, can be added whole, straight from a register.
//
// A Sum has room for 2³¹ values of 32 bits before it could overflow.
type Sum uint64

// PseudoHeader4 is the sum of the pseudo-header that TCP and UDP over IPv4
// take into their checksum (RFC 9293 §3.1): length is that of the transport
// header and its payload, in bytes.
func PseudoHeader4(src, dst Addr4, proto uint8, length int) Sum {
	return Sum(src) + Sum(dst) + Sum(proto) + Sum(length)
}

// PseudoHeader6 is the same for IPv6 (RFC 8200 §8.1).
func PseudoHeader6(src, dst [16]byte, proto uint8, length int) Sum {
	return SumBytes(src[:]) + SumBytes(dst[:]) + Sum(proto) + Sum(length)
}

// SumBytes is the sum of b, below 2¹⁶. An odd byte at the end counts as if a
// zero byte followed.
//
// It adds eight bytes at a time and takes the carry back in at the other end.
// They are read as little-endian, the cheap way on the usual machines: the sum
// of swapped words is the swapped sum (RFC 1071 §2(B)), so one swap at the end
// is enough. An addition waits for the carry of the one before it; hence two
// sums side by side, each of half the bytes.
func SumBytes(b []byte) Sum {
	var s, t, c, d uint64
	for len(b) >= 64 {
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b), 0)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[8:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[16:]), c)
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b[24:]), c)
		s += c // cannot overflow: after a carry s is not the largest number
		t, d = bits.Add64(t, binary.LittleEndian.Uint64(b[32:]), 0)
		t, d = bits.Add64(t, binary.LittleEndian.Uint64(b[40:]), d)
		t, d = bits.Add64(t, binary.LittleEndian.Uint64(b[48:]), d)
		t, d = bits.Add64(t, binary.LittleEndian.Uint64(b[56:]), d)
		t += d
		b = b[64:]
	}
	for len(b) >= 8 {
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b), 0)
		s += c
		b = b[8:]
	}
	t, d = bits.Add64(t, tail(b), 0)
	s, c = bits.Add64(s, t, d)
	return Sum(bits.ReverseBytes16(Sum(s + c).fold()))
}

// tail reads the last bytes, at most seven, as a little-endian number.
func tail(b []byte) uint64 {
	var s uint64
	shift := 0
	if len(b) >= 4 {
		s = uint64(binary.LittleEndian.Uint32(b))
		b, shift = b[4:], 32
	}
	if len(b) >= 2 {
		s |= uint64(binary.LittleEndian.Uint16(b)) << shift
		b, shift = b[2:], shift+16
	}
	if len(b) == 1 {
		s |= uint64(b[0]) << shift
	}
	return s
}

// fold adds the carries until 16 bits are left. Of bytes that carry their
// right checksum it is 0xffff.
//
// A number plus itself with its halves exchanged has in its upper half the sum
// of both halves, with the carry out of the lower half, the same sum, already
// brought back in.
func (s Sum) fold() uint16 {
	x := uint64(s)
	x += bits.RotateLeft64(x, 32)
	y := uint32(x >> 32)
	y += bits.RotateLeft32(y, 16)
	return uint16(y >> 16)
}

// Checksum is the value for the checksum field: the complement of the sum of
// all bytes, the field itself taken as zero.
func (s Sum) Checksum() uint16 { return ^s.fold() }

// Valid reports whether s, which includes the checksum field, is the sum of
// undamaged bytes.
func (s Sum) Valid() bool { return s.fold() == 0xffff }

// UpdateChecksum is the checksum after one 16-bit word of the bytes changed
// from old to new, as a router computes it for a new TTL (RFC 1624 §3, eqn. 3).
func UpdateChecksum(checksum, old, new uint16) uint16 {
	return (Sum(^checksum) + Sum(^old) + Sum(new)).Checksum()
}
