package sockets

import (
	"encoding/binary"

	"socketbook/sockets/wire"
)

// Receive side scaling: the card computes a hash of a frame's addresses and
// ports and looks up in a table of 128 entries which of its rings the frame
// goes into, and so which CPU is interrupted. All frames of a connection go the
// same way, in order.

// rssKey is the key of Microsoft's specification ("RSS Hashing Types", Verifying
// the RSS Hash Calculation), which every vendor tests with. Linux draws a random
// one at each boot (netdev_rss_key_fill); here a run has to be the same each
// time.
var rssKey = [40]byte{
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
}

// rssTable is how many entries the indirection table has: ETHTOOL_RXFH_INDIR
// of most drivers, 128.
const rssTable = 128

// toeplitz is the hash: for every bit of the input that is 1, the 32 bits of
// the key that begin at that place are added without carry.
func toeplitz(key *[40]byte, input []byte) (hash uint32) {
	window := binary.BigEndian.Uint64(key[:])
	next := 8
	for _, b := range input {
		for bit := 7; bit >= 0; bit-- {
			if b>>bit&1 == 1 {
				hash ^= uint32(window >> 32)
			}
			window <<= 1
		}
		// The window has 64 bits, of which eight are used up.
		if next < len(key) {
			window |= uint64(key[next])
		}
		next++
	}
	return hash
}

// rssHash is a frame's hash: over addresses and ports of TCP and UDP, over the
// addresses alone where there are no ports or the packet is a fragment.
// 0 is a frame that is no IP packet; it goes into the first ring.
func rssHash(frame []byte) uint32 {
	var input [36]byte
	var n, ports int
	var proto byte
	if len(frame) < wire.EthernetLen {
		return 0
	}
	p := frame[wire.EthernetLen:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case wire.EtherTypeIPv4:
		if len(p) < wire.IPv4Len {
			return 0
		}
		n = copy(input[:], p[12:20])
		if binary.BigEndian.Uint16(p[6:])&0x3fff == 0 {
			proto, ports = p[9], int(p[0]&15)*4
		}
	case wire.EtherTypeIPv6:
		if len(p) < wire.IPv6Len {
			return 0
		}
		n = copy(input[:], p[8:40])
		proto, ports = p[6], wire.IPv6Len
	default:
		return 0
	}
	if (proto == wire.ProtoTCP || proto == wire.ProtoUDP) && len(p) >= ports+4 {
		n += copy(input[n:], p[ports:ports+4])
	}
	return toeplitz(&rssKey, input[:n])
}

// steer is the ring a frame goes into.
func (c *nic) steer(frame []byte) *rxQueue {
	return c.queues[c.indirection[rssHash(frame)%rssTable]]
}
