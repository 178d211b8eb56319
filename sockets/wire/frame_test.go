package wire

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// A SYN of Linux to port 80, written field by field.
func exampleFrame(options, payload []byte) []byte {
	b := make([]byte, FrameLen4+pad4(len(options))+len(payload))
	PutTCP4(b, exampleEthernet, &IPv4{ID: 0x1234, DF: true, TTL: 64, Src: 0x0a000002, Dst: 0x0a000001},
		&TCP{SrcPort: 40000, DstPort: 80, Seq: 0xfffffff0, Ack: 7, Flags: PSH | ACK, Window: 64240, Options: options}, payload)
	return b
}

var exampleEthernet = Ethernet{Dst: MAC{2, 0, 0, 0, 0, 1}, Src: MAC{2, 0, 0, 0, 0, 2}, Type: EtherTypeIPv4}

// Any header values, options and payload: the fast frame is byte for byte the
// frame of the single headers, and both ways of reading it agree.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{}, []byte{}, []byte{}, uint64(0), uint64(0), uint64(0), uint64(0))
	f.Add([]byte{2, 4, 5, 0xb4}, []byte("GET / HTTP/1.0\r\n\r\n"), []byte{}, uint64(0x0a0000020a000001), uint64(40000<<16|80), uint64(1), uint64(2))
	f.Add([]byte{1}, []byte{0xff}, []byte{7, 4, 4, 0}, ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0))
	f.Add([]byte{3, 3, 7}, []byte("padded options"), []byte{}, uint64(1), uint64(2), uint64(3), uint64(4))
	f.Add([]byte{3, 3, 7}, []byte{}, []byte{7, 3, 4}, uint64(1), uint64(2), uint64(3), uint64(4))
	f.Fuzz(func(t *testing.T, tcpOptions, payload, ipOptions []byte, addrs, ports, seqs, rest uint64) {
		if len(tcpOptions) > maxOptions || len(ipOptions) > maxOptions || len(payload) > 60000 {
			return
		}
		ip := &IPv4{TOS: uint8(rest), ID: uint16(rest >> 8), DF: rest>>24&1 == 1, TTL: uint8(rest >> 32), Proto: ProtoTCP,
			Src: Addr4(addrs >> 32), Dst: Addr4(addrs), Options: ipOptions}
		tcp := &TCP{SrcPort: uint16(ports >> 16), DstPort: uint16(ports), Seq: uint32(seqs >> 32), Ack: uint32(seqs),
			Flags: Flags(ports >> 32), Window: uint16(ports >> 48), Urgent: uint16(rest >> 40), Options: tcpOptions}
		eth := Ethernet{Dst: MAC{1, 2, 3, byte(seqs)}, Src: MAC{byte(addrs)}, Type: EtherTypeIPv4}

		fast := bytes.Repeat([]byte{0xee}, 1<<16) // dirty, as a ring's buffer is
		n := PutTCP4(fast, eth, ip, tcp, payload)
		fast = fast[:n]
		slow := bytes.Repeat([]byte{0x55}, n)
		if m := putTCP4Slow(slow, eth, ip, tcp, payload); m != n || !bytes.Equal(fast, slow) {
			t.Fatalf("the frame is\n% x, header by header\n% x", fast, slow[:m])
		}
		if got := slowChecksum(fast[EthernetLen : EthernetLen+ip.HeaderLen()]); got != 0 {
			t.Errorf("IPv4 header with its checksum has checksum %04x, want 0", got)
		}

		// The fast way fills values that held another frame.
		ip1, ip2 := IPv4{MF: true, FragOff: 9, Options: []byte{1}}, IPv4{}
		tcp1, tcp2 := TCP{Flags: 0xff, Urgent: 9, Options: []byte{1}}, TCP{}
		padded := append(bytes.Clone(fast), 0xaa, 0xbb)
		payload1, err1 := ParseTCP4(padded, &ip1, &tcp1)
		payload2, err2 := parseTCP4Slow(padded, &ip2, &tcp2)
		if err1 != nil || err2 != nil {
			t.Fatalf("our own frame is refused: %v, %v", err1, err2)
		}
		if ip1.Options == nil { // empty or nil makes no difference
			ip1.Options = ip2.Options[:0]
		}
		if !reflect.DeepEqual(ip1, ip2) || !reflect.DeepEqual(tcp1, tcp2) || !bytes.Equal(payload1, payload2) {
			t.Fatalf("read as\n%+v\n%+v, header by header\n%+v\n%+v", ip1, tcp1, ip2, tcp2)
		}
		want := *tcp
		want.Options = append(bytes.Clone(tcpOptions), make([]byte, pad4(len(tcpOptions))-len(tcpOptions))...)
		if !bytes.Equal(tcp1.Options, want.Options) || !bytes.Equal(payload1, payload) {
			t.Fatalf("options % x and payload % x came back as % x and % x", want.Options, payload, tcp1.Options, payload1)
		}
		tcp1.Options, want.Options = nil, nil
		if !reflect.DeepEqual(tcp1, want) || ip1.Src != ip.Src || ip1.Dst != ip.Dst || ip1.TTL != ip.TTL ||
			ip1.TOS != ip.TOS || ip1.ID != ip.ID || ip1.DF != ip.DF || int(ip1.TotalLen) != n-EthernetLen {
			t.Fatalf("%+v and %+v came back as %+v and %+v", ip, want, ip1, tcp1)
		}
	})
}

// Any bytes are read without a panic, and fast and slow give the same verdict.
func FuzzParseFrame(f *testing.F) {
	f.Add(exampleFrame(nil, nil))
	f.Add(exampleFrame([]byte{2, 4, 5, 0xb4}, []byte("payload")))
	f.Add(exampleFrame(nil, []byte("odd"))[:56])
	f.Fuzz(func(t *testing.T, b []byte) {
		var ip1, ip2 IPv4
		var tcp1, tcp2 TCP
		payload1, err1 := ParseTCP4(b, &ip1, &tcp1)
		payload2, err2 := parseTCP4Slow(b, &ip2, &tcp2)
		if !reflect.DeepEqual(err1, err2) || !bytes.Equal(payload1, payload2) {
			t.Fatalf("% x: %v and % x, header by header %v and % x", b, err1, payload1, err2, payload2)
		}
		if err1 == nil && (ip1.Src != ip2.Src || !reflect.DeepEqual(tcp1, tcp2)) {
			t.Fatalf("% x: %+v, header by header %+v", b, tcp1, tcp2)
		}
		if e := (*Error)(nil); err1 != nil && !errors.As(err1, &e) {
			t.Errorf("% x: %v is not an *Error", b, err1)
		}
		if segment := b[min(len(b), tcp4Start):]; len(segment) > 0 {
			ParseUDP(segment)
			VerifyUDP(segment, 0)
		}
	})
}

// One flipped bit, wherever it is, is noticed: by a checksum, or because a
// field no longer makes sense. Only Ethernet's addresses are not covered here
// (the frame check sequence is theirs).
func TestFrameNoticesAnyFlippedBit(t *testing.T) {
	good := exampleFrame([]byte{2, 4, 5, 0xb4}, []byte("hello!!"))
	var ip IPv4
	var tcp TCP
	if _, err := ParseTCP4(good, &ip, &tcp); err != nil {
		t.Fatal(err)
	}
	for bit := ethType * 8; bit < len(good)*8; bit++ {
		b := bytes.Clone(good)
		b[bit/8] ^= 1 << (bit % 8)
		if _, err := ParseTCP4(b, &ip, &tcp); err == nil {
			t.Errorf("bit %d of byte %d flipped: accepted", bit%8, bit/8)
		}
	}
	for n := range good {
		if _, err := ParseTCP4(good[:n], &ip, &tcp); !errors.Is(err, ErrTruncated) {
			t.Errorf("cut to %d bytes: %v, want truncated", n, err)
		}
	}
}

// The verdict names layer, field, value and what is allowed.
func TestFrameRefuses(t *testing.T) {
	// with changes a byte of a frame and mends both checksums, so that only the
	// change itself is wrong.
	with := func(offset int, value byte) []byte {
		b := exampleFrame(nil, nil)
		b[offset] = value
		mend := func(field int, sum uint16) { b[field], b[field+1] = byte(sum>>8), byte(sum) }
		mend(EthernetLen+ip4Checksum, 0)
		mend(EthernetLen+ip4Checksum, slowChecksum(b[EthernetLen:tcp4Start]))
		mend(tcp4Start+tcpChecksum, 0)
		pseudo := PseudoHeader4(0x0a000002, 0x0a000001, ProtoTCP, TCPLen)
		mend(tcp4Start+tcpChecksum, (pseudo + SumBytes(b[tcp4Start:])).Checksum())
		return b
	}
	for _, test := range []struct {
		desc string
		b    []byte
		kind error
		want string
	}{
		{"ARP", with(ethType+1, 0x06), ErrField, "wire: Ethernet type is 2054, allowed: 2048 (IPv4)"},
		{"UDP", with(EthernetLen+ip4Proto, ProtoUDP), ErrField, "IPv4 protocol is 17, allowed: 6 (TCP)"},
		{"first fragment", with(EthernetLen+ip4Frag, 0x20), ErrField, "IPv4 fragment offset is 0, allowed: 0 and no more fragments"},
		{"later fragment", with(EthernetLen+ip4Frag+1, 9), ErrField, "IPv4 fragment offset is 9, allowed: 0 and no more"},
		{"no room for TCP", with(EthernetLen+ip4TotalLen+1, 39), ErrTruncated, "TCP length is 19, allowed: at least 20 bytes"},
		{"data offset 4", with(tcp4Start+tcpOffset, 0x40), ErrField, "TCP data offset is 4, allowed: 5 to 15"},
		{"data offset 6", with(tcp4Start+tcpOffset, 0x60), ErrTruncated, "TCP data offset is 6, allowed: 5"},
		{"another source", with(EthernetLen+ip4Src, 11), ErrChecksum, "TCP checksum is "},
	} {
		var ip IPv4
		var tcp TCP
		payload, err := ParseTCP4(test.b, &ip, &tcp)
		wantError(t, test.desc, err, test.kind, test.want)
		if payload != nil {
			t.Errorf("%s: refused, yet a payload", test.desc)
		}
	}
}

func TestFrameDoesNotAllocate(t *testing.T) {
	b := make([]byte, 1500)
	ip, tcp := IPv4{TTL: 64, Src: 1, Dst: 2}, TCP{SrcPort: 1, DstPort: 2, Flags: ACK}
	payload := []byte("payload")
	var ip2 IPv4
	var tcp2 TCP
	n := testing.AllocsPerRun(100, func() {
		n := PutTCP4(b, exampleEthernet, &ip, &tcp, payload)
		if _, err := ParseTCP4(b[:n], &ip2, &tcp2); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for a frame written and read, want none", n)
	}
}
