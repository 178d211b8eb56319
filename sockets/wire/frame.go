package wire

import (
	"encoding/binary"
	"strconv"
)

// A handshake is three frames of 54 to 74 bytes, and a simulated second holds
// millions of them. So the whole frame can be written and read in one step:
// every header word is in a register once, and both checksums are summed from
// there instead of from memory. The result is the same, bit for bit, as that
// of the single headers; the tests hold them together.

// FrameLen4 is the length of an Ethernet frame with an IPv4 packet with a TCP
// segment, none with options, without payload.
const FrameLen4 = EthernetLen + IPv4Len + TCPLen

// tcp4Start is the offset of the TCP header in a frame without IPv4 options.
const tcp4Start = EthernetLen + IPv4Len

// PutTCP4 writes a whole frame to the start of b: Ethernet, IPv4, TCP and
// payload, with both checksums. It returns the frame's length, which is
// FrameLen4 plus options and payload; b must have room for it. It computes the
// total length (ip.TotalLen is not used), and takes eth.Type and ip.Proto to be
// IPv4 and TCP.
func PutTCP4(b []byte, eth Ethernet, ip *IPv4, tcp *TCP, payload []byte) int {
	if len(ip.Options) > 0 {
		return putTCP4Slow(b, eth, ip, tcp, payload)
	}
	optLen := pad4(len(tcp.Options))
	length := FrameLen4 + optLen + len(payload) // of the frame
	total := length - EthernetLen               // of the packet
	segment := total - IPv4Len
	if total > 65535 || optLen > maxOptions || ip.FragOff > ip4FragMask {
		refuseFrame(total, len(tcp.Options), ip.FragOff)
	}
	f := b[:length]
	h := (*[FrameLen4]byte)(f)

	*(*MAC)(h[ethDst:]) = eth.Dst
	*(*MAC)(h[ethSrc:]) = eth.Src

	// Ethernet's type, then IPv4, as words of the header in pairs.
	w0 := uint32(4<<4|IPv4Len/4)<<24 | uint32(ip.TOS)<<16 | uint32(total)
	w1 := uint32(ip.ID)<<16 | uint32(ip.frag())
	w2 := uint32(ip.TTL)<<24 | ProtoTCP<<16
	addrs := Sum(ip.Src) + Sum(ip.Dst)
	w2 |= uint32((Sum(w0) + Sum(w1) + Sum(w2) + addrs).Checksum())
	binary.BigEndian.PutUint16(h[ethType:], EtherTypeIPv4)
	binary.BigEndian.PutUint32(h[EthernetLen:], w0)
	binary.BigEndian.PutUint32(h[EthernetLen+ip4ID:], w1)
	binary.BigEndian.PutUint32(h[EthernetLen+ip4TTL:], w2)
	binary.BigEndian.PutUint32(h[EthernetLen+ip4Src:], uint32(ip.Src))
	binary.BigEndian.PutUint32(h[EthernetLen+ip4Dst:], uint32(ip.Dst))

	ports := uint32(tcp.SrcPort)<<16 | uint32(tcp.DstPort)
	w3 := uint32(segment-len(payload))<<26 | uint32(tcp.Flags)<<16 | uint32(tcp.Window)
	sum := addrs + ProtoTCP + Sum(segment) + Sum(ports) + Sum(tcp.Seq) + Sum(tcp.Ack) + Sum(w3) + Sum(tcp.Urgent)
	if len(f) > FrameLen4 {
		// Summed where they come from, not where they were just written.
		if optLen > 0 {
			n := copy(f[FrameLen4:], tcp.Options)
			if n < optLen {
				clear(f[FrameLen4+n : FrameLen4+optLen])
			}
			sum += SumBytes(tcp.Options)
		}
		if len(payload) > 0 {
			copy(f[FrameLen4+optLen:], payload)
			sum += SumBytes(payload)
		}
	}
	binary.BigEndian.PutUint32(h[tcp4Start:], ports)
	binary.BigEndian.PutUint32(h[tcp4Start+tcpSeq:], tcp.Seq)
	binary.BigEndian.PutUint32(h[tcp4Start+tcpAck:], tcp.Ack)
	binary.BigEndian.PutUint32(h[tcp4Start+tcpOffset:], w3)
	binary.BigEndian.PutUint32(h[tcp4Start+tcpChecksum:], uint32(sum.Checksum())<<16|uint32(tcp.Urgent))
	return length
}

// putTCP4Slow writes a frame header by header.
func putTCP4Slow(b []byte, eth Ethernet, ip *IPv4, tcp *TCP, payload []byte) int {
	segment := tcp.HeaderLen() + len(payload)
	total := ip.HeaderLen() + segment
	if total > 65535 {
		refuseFrame(total, len(tcp.Options), ip.FragOff)
	}
	b = b[:EthernetLen+total]
	eth.Type = EtherTypeIPv4
	eth.Put(b)
	packet := *ip
	packet.TotalLen, packet.Proto = uint16(total), ProtoTCP
	n := EthernetLen + packet.Put(b[EthernetLen:])
	n += tcp.Put(b[n:], PseudoHeader4(ip.Src, ip.Dst, ProtoTCP, segment), payload)
	return n + copy(b[n:], payload)
}

func refuseFrame(total, options int, fragOff uint16) {
	panic("wire: frame with total length " + strconv.Itoa(total) + ", TCP options of " + strconv.Itoa(options) +
		" bytes, fragment offset " + strconv.Itoa(int(fragOff)) + "; allowed: up to 65535, 40 and 8191")
}

// ParseTCP4 reads a whole frame: it fills ip and tcp and returns the payload.
// It checks the Ethernet type, everything [ParseIPv4] checks, that the packet
// is TCP and no fragment, the data offset, and TCP's checksum. It allocates
// nothing unless it refuses; then ip and tcp have no meaning.
func ParseTCP4(b []byte, ip *IPv4, tcp *TCP) (payload []byte, err error) {
	if len(b) < FrameLen4 {
		return parseTCP4Slow(b, ip, tcp)
	}
	h := (*[FrameLen4]byte)(b)
	w0 := binary.BigEndian.Uint32(h[EthernetLen:])
	w1 := binary.BigEndian.Uint32(h[EthernetLen+ip4ID:])
	w2 := binary.BigEndian.Uint32(h[EthernetLen+ip4TTL:])
	src := binary.BigEndian.Uint32(h[EthernetLen+ip4Src:])
	dst := binary.BigEndian.Uint32(h[EthernetLen+ip4Dst:])
	ports := binary.BigEndian.Uint32(h[tcp4Start:])
	seq := binary.BigEndian.Uint32(h[tcp4Start+tcpSeq:])
	ack := binary.BigEndian.Uint32(h[tcp4Start+tcpAck:])
	w3 := binary.BigEndian.Uint32(h[tcp4Start+tcpOffset:])
	w4 := binary.BigEndian.Uint32(h[tcp4Start+tcpChecksum:])

	total := int(w0 & 0xffff)
	length := EthernetLen + total
	offset := tcp4Start + int(w3>>28)*4 // of the payload in the frame
	addrs := Sum(src) + Sum(dst)
	ipSum := Sum(w0) + Sum(w1) + Sum(w2) + addrs
	if binary.BigEndian.Uint16(h[ethType:]) != EtherTypeIPv4 || w0>>24 != 4<<4|IPv4Len/4 ||
		w1&(ip4MF|ip4FragMask) != 0 || w2>>16&255 != ProtoTCP ||
		offset < FrameLen4 || offset > length || length > len(b) || !ipSum.Valid() {
		return parseTCP4Slow(b, ip, tcp)
	}
	sum := addrs + ProtoTCP + Sum(total-IPv4Len) + Sum(ports) + Sum(seq) + Sum(ack) + Sum(w3) + Sum(w4)
	if length > FrameLen4 {
		sum += SumBytes(b[FrameLen4:length])
	}
	if !sum.Valid() {
		return parseTCP4Slow(b, ip, tcp)
	}
	ip.TOS, ip.TotalLen = uint8(w0>>16), uint16(total)
	ip.ID, ip.DF, ip.MF, ip.FragOff = uint16(w1>>16), w1&ip4DF != 0, false, 0
	ip.TTL, ip.Proto = uint8(w2>>24), ProtoTCP
	ip.Src, ip.Dst = Addr4(src), Addr4(dst)
	ip.Options = nil
	tcp.SrcPort, tcp.DstPort = uint16(ports>>16), uint16(ports)
	tcp.Seq, tcp.Ack = seq, ack
	tcp.Flags, tcp.Window, tcp.Urgent = Flags(w3>>16), uint16(w3), uint16(w4)
	tcp.Options = b[FrameLen4:offset:offset]
	return b[offset:length:length], nil
}

// parseTCP4Slow reads a frame header by header: one with IP options, or one
// that something is wrong with, to say what.
func parseTCP4Slow(b []byte, ip *IPv4, tcp *TCP) (payload []byte, err error) {
	eth, rest, err := ParseEthernet(b)
	if err != nil {
		return nil, err
	}
	if eth.Type != EtherTypeIPv4 {
		return nil, &Error{"Ethernet", "type", int64(eth.Type), "2048 (IPv4)", ErrField}
	}
	var segment []byte
	if *ip, segment, err = ParseIPv4(rest); err != nil {
		return nil, err
	}
	if ip.Proto != ProtoTCP {
		return nil, &Error{"IPv4", "protocol", int64(ip.Proto), "6 (TCP)", ErrField}
	}
	if ip.MF || ip.FragOff != 0 {
		return nil, &Error{"IPv4", "fragment offset", int64(ip.FragOff), "0 and no more fragments", ErrField}
	}
	if *tcp, payload, err = ParseTCP(segment); err != nil {
		return nil, err
	}
	if err := VerifyTCP(segment, PseudoHeader4(ip.Src, ip.Dst, ProtoTCP, len(segment))); err != nil {
		return nil, err
	}
	return payload, nil
}
