package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// unhex reads bytes as a dump shows them, spaces between.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantError demands an *Error of the given kind whose text holds want.
func wantError(t *testing.T, desc string, err, kind error, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error is %v (kind %v), want %q of kind %v", desc, err, errors.Unwrap(err), want, kind)
	}
}

func TestEthernet(t *testing.T) {
	b := unhex(t, "02 00 00 00 00 01 02 00 00 00 00 0a 08 00 cafe")
	h, rest, err := ParseEthernet(b)
	if err != nil {
		t.Fatal(err)
	}
	want := Ethernet{MAC{2, 0, 0, 0, 0, 1}, MAC{2, 0, 0, 0, 0, 10}, EtherTypeIPv4}
	if h != want || !bytes.Equal(rest, []byte{0xca, 0xfe}) {
		t.Errorf("parsed %v and %x", h, rest)
	}
	if got := h.Src.String(); got != "02:00:00:00:00:0a" {
		t.Errorf("source prints %q", got)
	}
	out := make([]byte, EthernetLen)
	h.Put(out)
	if !bytes.Equal(out, b[:EthernetLen]) {
		t.Errorf("wrote % x, want % x", out, b)
	}
	_, _, err = ParseEthernet(b[:13])
	wantError(t, "13 bytes", err, ErrTruncated, "wire: Ethernet length is 13, allowed: at least 14 bytes")
}

// A packet as a dump shows it; its checksum, b861, is known.
const packet = "4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7"

func TestIPv4(t *testing.T) {
	b := append(unhex(t, packet), make([]byte, 0x73-20+6)...) // and 6 bytes of padding
	h, payload, err := ParseIPv4(b)
	if err != nil {
		t.Fatal(err)
	}
	want := IPv4{TotalLen: 0x73, DF: true, TTL: 64, Proto: ProtoUDP, Src: 0xc0a80001, Dst: 0xc0a800c7, Options: []byte{}}
	if !reflect.DeepEqual(h, want) || len(payload) != 0x73-20 {
		t.Errorf("parsed %+v and %d bytes", h, len(payload))
	}
	out := make([]byte, IPv4Len)
	if n := h.Put(out); n != IPv4Len || !bytes.Equal(out, b[:IPv4Len]) {
		t.Errorf("wrote % x, want % x", out, b[:IPv4Len])
	}
}

func TestIPv4Refuses(t *testing.T) {
	good := append(unhex(t, packet), make([]byte, 0x73-20)...)
	with := func(offset int, value byte) []byte {
		b := bytes.Clone(good)
		b[offset] = value
		return b
	}
	for _, test := range []struct {
		desc string
		b    []byte
		kind error
		want string
	}{
		{"nothing", nil, ErrTruncated, "wire: IPv4 length is 0, allowed: at least 20 bytes"},
		{"19 bytes", good[:19], ErrTruncated, "IPv4 length is 19, allowed: at least 20 bytes"},
		{"IPv6", with(0, 0x65), ErrField, "IPv4 version is 6, allowed: 4"},
		{"IHL 4", with(0, 0x44), ErrField, "IPv4 IHL is 4, allowed: 5 to 15"},
		{"options missing", with(0, 0x4f)[:59], ErrTruncated, "IPv4 length is 59, allowed: at least 60 bytes"},
		{"total length below IHL", with(3, 19), ErrField, "IPv4 total length is 19, allowed: 20 to 65535"},
		{"bytes missing", good[:114], ErrTruncated, "IPv4 total length is 115, allowed: 20 to 114"},
		{"TTL damaged", with(8, 63), ErrChecksum, "IPv4 checksum is 47201, allowed: 47457, as these bytes add up"},
		{"checksum damaged", with(10, 0), ErrChecksum, "IPv4 checksum is 97, allowed: 47201"},
	} {
		_, payload, err := ParseIPv4(test.b)
		wantError(t, test.desc, err, test.kind, test.want)
		if payload != nil {
			t.Errorf("%s: refused, yet a payload of %d bytes", test.desc, len(payload))
		}
	}
}

func TestAddr4(t *testing.T) {
	for s, want := range map[string]Addr4{
		"0.0.0.0": 0, "10.0.0.1": 0x0a000001, "127.0.0.1": 0x7f000001, "255.255.255.255": 0xffffffff, "1.20.255.0": 0x0114ff00,
	} {
		got, err := ParseAddr4(s)
		if err != nil || got != want || got.String() != s {
			t.Errorf("ParseAddr4(%q) is %08x (prints %q), %v; want %08x", s, uint32(got), got, err, uint32(want))
		}
	}
	for _, s := range []string{"", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256",
		"1.2.3.0004", "01.2.3.4", "1.2.3.00", "-1.2.3.4", "+1.2.3.4", "1.2.3.4 ", "1,2,3,4", "a.b.c.d", "::1", "1.2.3.\xff"} {
		if got, err := ParseAddr4(s); err == nil || !strings.Contains(err.Error(), "allowed: four numbers from 0 to 255") {
			t.Errorf("ParseAddr4(%q) is %v, %v; want an error that says what is allowed", s, got, err)
		}
	}
}

func TestFlagsString(t *testing.T) {
	for flags, want := range map[Flags]string{
		0: "none", SYN: "S", SYN | ACK: "S.", PSH | ACK: "P.", FIN | ACK: "F.", RST: "R", RST | ACK: "R.", ACK: ".",
		SYN | ECE | CWR: "SEW", FIN | PSH | URG | ACK: "FP.U", 0xff: "FSRP.UEW",
	} {
		if got := flags.String(); got != want {
			t.Errorf("flags %08b print %q, want %q", uint8(flags), got, want)
		}
	}
}

func TestTCPRefuses(t *testing.T) {
	h := TCP{SrcPort: 40000, DstPort: 80, Seq: 1, Flags: SYN}
	pseudo := PseudoHeader4(1, 2, ProtoTCP, TCPLen)
	good := make([]byte, TCPLen)
	h.Put(good, pseudo, nil)
	with := func(offset int, value byte) []byte {
		b := bytes.Clone(good)
		b[offset] = value
		return b
	}
	for _, test := range []struct {
		desc string
		b    []byte
		kind error
		want string
	}{
		{"19 bytes", good[:19], ErrTruncated, "wire: TCP length is 19, allowed: at least 20 bytes"},
		{"offset 4", with(12, 0x40), ErrField, "TCP data offset is 4, allowed: 5 to 15"},
		{"options missing", with(12, 0x60), ErrTruncated, "TCP data offset is 6, allowed: 5"},
	} {
		_, _, err := ParseTCP(test.b)
		wantError(t, test.desc, err, test.kind, test.want)
	}
	if err := VerifyTCP(good, pseudo); err != nil {
		t.Error(err)
	}
	wantError(t, "window damaged", VerifyTCP(with(14, 1), pseudo), ErrChecksum, "TCP checksum is ")
	wantError(t, "another address", VerifyTCP(good, pseudo+1), ErrChecksum, "TCP checksum is ")
	wantError(t, "nothing to verify", VerifyTCP(nil, pseudo), ErrTruncated, "TCP length is 0")
	if _, _, err := ParseTCP(with(12, 0x5f)); err != nil {
		t.Errorf("reserved bits are not ignored: %v", err)
	}
}

func TestUDP(t *testing.T) {
	payload := []byte("hello")
	pseudo := PseudoHeader4(0x0a000001, 0x0a000002, ProtoUDP, UDPLen+len(payload))
	b := append(make([]byte, UDPLen), payload...)
	UDP{SrcPort: 53, DstPort: 40000}.Put(b, pseudo, payload)
	h, got, err := ParseUDP(append(b, 0, 0, 0)) // and padding
	if err != nil || h != (UDP{53, 40000, 13}) || string(got) != "hello" {
		t.Errorf("parsed %+v and %q, %v", h, got, err)
	}
	if err := VerifyUDP(b, pseudo); err != nil {
		t.Error(err)
	}
	b[UDPLen]++
	wantError(t, "payload damaged", VerifyUDP(b, pseudo), ErrChecksum, "UDP checksum is ")
	b[udpChecksum], b[udpChecksum+1] = 0, 0
	if err := VerifyUDP(b, pseudo); err != nil {
		t.Errorf("no checksum was sent, so none is wrong: %v", err)
	}
	_, _, err = ParseUDP(b[:7])
	wantError(t, "7 bytes", err, ErrTruncated, "wire: UDP length is 7, allowed: at least 8 bytes")
	_, _, err = ParseUDP(b[:12])
	wantError(t, "bytes missing", err, ErrTruncated, "UDP length is 13, allowed: 8 to 12")
	b[udpLength+1] = 7
	_, _, err = ParseUDP(b)
	wantError(t, "length 7", err, ErrField, "UDP length is 7, allowed: 8 to 65535")
	wantError(t, "nothing to verify", VerifyUDP(b[:5], pseudo), ErrTruncated, "UDP length is 5")
}

// A datagram whose sum happens to be all ones must not look like one without a
// checksum (RFC 768).
func TestUDPChecksumIsNeverZero(t *testing.T) {
	payload := []byte{0, 0}
	for word := range 1 << 16 {
		payload[0], payload[1] = byte(word>>8), byte(word)
		pseudo := PseudoHeader4(1, 2, ProtoUDP, UDPLen+len(payload))
		b := append(make([]byte, UDPLen), payload...)
		UDP{SrcPort: 1, DstPort: 2}.Put(b, pseudo, payload)
		if b[udpChecksum]|b[udpChecksum+1] == 0 {
			t.Fatalf("payload %04x has checksum 0", word)
		}
		if err := VerifyUDP(b, pseudo); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeq(t *testing.T) {
	const top = 0xffffffff
	for _, test := range []struct {
		a, b   Seq
		less   bool
		lessEq bool
		diff   int
	}{
		{5, 5, false, true, 0},
		{5, 6, true, true, -1},
		{6, 5, false, false, 1},
		{top, 0, true, true, -1}, // around the end
		{0, top, false, false, 1},
		{top - 99, 100, true, true, -200},
		{0, 1<<31 - 1, true, true, -(1<<31 - 1)}, // as far as "before" goes
		{1 << 31, 1, false, false, 1<<31 - 1},
	} {
		if test.a.Less(test.b) != test.less || test.a.LessEq(test.b) != test.lessEq || test.a.Diff(test.b) != test.diff {
			t.Errorf("%d and %d: less %v, less or equal %v, diff %d; want %v, %v, %d", test.a, test.b,
				test.a.Less(test.b), test.a.LessEq(test.b), test.a.Diff(test.b), test.less, test.lessEq, test.diff)
		}
	}
	for _, test := range []struct {
		s, start Seq
		size     uint32
		want     bool
	}{
		{10, 10, 1, true}, {11, 10, 1, false}, {9, 10, 1, false}, {10, 10, 0, false},
		{3, top - 1, 6, true}, {4, top - 1, 6, false},
	} {
		if got := test.s.InWindow(test.start, test.size); got != test.want {
			t.Errorf("%d in [%d, +%d) is %v", test.s, test.start, test.size, got)
		}
	}
}

// Values that no header can hold are the caller's bugs, and are named.
func TestPutPanics(t *testing.T) {
	b := make([]byte, 1<<17)
	long := b[:1<<16]
	for _, test := range []struct {
		desc string
		do   func()
		want string
	}{
		{"IPv4 options", func() { (&IPv4{Options: b[:41]}).Put(b) }, "IPv4 options of 41 bytes, allowed: 0 to 40"},
		{"fragment offset", func() { (&IPv4{FragOff: 8192}).Put(b) }, "fragment offset 8192, allowed: 0 to 8191"},
		{"TCP options", func() { (&TCP{Options: b[:41]}).Put(b, 0, nil) }, "TCP options of 41 bytes, allowed: 0 to 40"},
		{"UDP length", func() { UDP{}.Put(b, 0, long) }, "UDP length is 65544, allowed: 8 to 65535"},
		{"frame", func() { PutTCP4(b, Ethernet{}, &IPv4{}, &TCP{}, long) }, "total length 65576"},
		{"frame, slow", func() { PutTCP4(b, Ethernet{}, &IPv4{Options: b[:4]}, &TCP{}, long) }, "total length 65580"},
		{"frame options", func() { PutTCP4(b, Ethernet{}, &IPv4{}, &TCP{Options: b[:44]}, nil) }, "options of 44 bytes"},
		{"frame fragment", func() { PutTCP4(b, Ethernet{}, &IPv4{FragOff: 9000}, &TCP{}, nil) }, "fragment offset 9000"},
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, test.want) {
					t.Errorf("%s: panic %q, want %q", test.desc, s, test.want)
				}
			}()
			test.do()
		}()
	}
}
