package wire

import (
	"bytes"
	"reflect"
	"testing"
)

// The options of Linux's own segments, as a dump shows them.
func TestTCPOptionsOfLinux(t *testing.T) {
	for _, test := range []struct {
		desc string
		raw  string
		want TCPOptions
	}{
		{"none", "", NoTCPOptions},
		{"SYN", "0204 05b4 0402 080a 0000 0001 0000 0000 0103 0307",
			TCPOptions{MSS: 1460, SACKPermitted: true, Timestamps: true, TSVal: 1, WindowScale: 7}},
		{"SYN without timestamps", "0204 ffd7 0101 0402 0103 0300",
			TCPOptions{MSS: 65495, SACKPermitted: true}},
		{"data", "0101 080a 0102 0304 f000 0000",
			TCPOptions{WindowScale: -1, Timestamps: true, TSVal: 0x01020304, TSEcr: 0xf0000000}},
		{"duplicate ACK", "0101 080a 0000 0002 0000 0001 0101 0512 0000 0010 0000 0020 0000 0030 0000 0040",
			TCPOptions{WindowScale: -1, Timestamps: true, TSVal: 2, TSEcr: 1, SACKCount: 2,
				SACK: [4]SACKBlock{{0x10, 0x20}, {0x30, 0x40}}}},
	} {
		raw := unhex(t, test.raw)
		got, err := ParseTCPOptions(raw)
		if err != nil || got != test.want {
			t.Errorf("%s: parsed %+v, %v; want %+v", test.desc, got, err, test.want)
		}
		if out := test.want.Append(nil); !bytes.Equal(out, raw) {
			t.Errorf("%s: wrote % x, want % x", test.desc, out, raw)
		}
	}
}

// What is malformed gets an error, and the rest is taken as Linux takes it.
func TestTCPOptionsRefuses(t *testing.T) {
	mss := TCPOptions{MSS: 536, WindowScale: -1}
	for _, test := range []struct {
		desc, raw string
		kind      error
		text      string
		want      TCPOptions
	}{
		{"kind alone", "0204 0218 08", ErrTruncated, "wire: TCP option 8 length is 0, allowed: a length byte", mss},
		{"length 0", "0204 0218 0800", ErrField, "TCP option 8 length is 0, allowed: 2 or more", mss},
		{"length 1", "fe01 0204 0218", ErrField, "TCP option 254 length is 1, allowed: 2 or more", NoTCPOptions},
		{"beyond the end", "0204 0218 080a 0000", ErrTruncated, "TCP option 8 length is 10, allowed: up to 4", mss},
		{"MSS too long", "0205 0218 00 0204 0218", ErrField, "TCP option 2 length is 5, allowed: 4", mss},
		{"window scale too long", "0304 0102 0204 0218", ErrField, "TCP option 3 length is 4, allowed: 3", mss},
		{"window scale 15", "0303 0f", ErrField, "TCP option 3 shift count is 15, allowed: 0 to 14", TCPOptions{WindowScale: 14}},
		{"window scale 255", "0303 ff", ErrField, "shift count is 255, allowed: 0 to 14", TCPOptions{WindowScale: 14}},
		{"SACK permitted too long", "0403 00 0204 0218", ErrField, "TCP option 4 length is 3, allowed: 2", mss},
		{"timestamps too short", "0806 0000 0001 0204 0218", ErrField, "TCP option 8 length is 6, allowed: 10", mss},
		{"SACK without block", "0502 0204 0218", ErrField, "TCP option 5 length is 2, allowed: 10, 18, 26 or 34", mss},
		{"SACK of half a block", "0506 0000 0001 0204 0218", ErrField, "TCP option 5 length is 6", mss},
		{"the first of two errors", "0205 0218 00 0303 0f", ErrField, "TCP option 2 length is 5", TCPOptions{WindowScale: 14}},
	} {
		got, err := ParseTCPOptions(unhex(t, test.raw))
		wantError(t, test.desc, err, test.kind, test.text)
		if got != test.want {
			t.Errorf("%s: parsed %+v, want %+v", test.desc, got, test.want)
		}
	}
}

// Unknown options are passed over, and what follows the end is not looked at.
func TestTCPOptionsPassesOver(t *testing.T) {
	for desc, raw := range map[string]string{
		"unknown option":   "fe04 f989 0204 0218",
		"end of list":      "0204 0218 00 ff",
		"padding in front": "0101 0101 0204 0218",
		"a later one wins": "0204 1000 0204 0218",
	} {
		got, err := ParseTCPOptions(unhex(t, raw))
		if err != nil || got != (TCPOptions{MSS: 536, WindowScale: -1}) {
			t.Errorf("%s: parsed %+v, %v", desc, got, err)
		}
	}
}

// As many SACK blocks as fit: with timestamps three, without four.
func TestTCPOptionsFit(t *testing.T) {
	o := NoTCPOptions
	o.SACKCount = 4
	for i := range o.SACK {
		o.SACK[i] = SACKBlock{uint32(i), uint32(i + 1)}
	}
	for _, test := range []struct {
		timestamps bool
		mss        uint16
		want       int
	}{{false, 0, 4}, {true, 0, 3}, {true, 1460, 2}} {
		o.Timestamps, o.MSS = test.timestamps, test.mss
		raw := o.Append(nil)
		got, err := ParseTCPOptions(raw)
		if err != nil || got.SACKCount != test.want || len(raw) > 40 || len(raw)%4 != 0 {
			t.Errorf("timestamps %v, MSS %d: %d blocks in %d bytes, %v; want %d blocks",
				test.timestamps, test.mss, got.SACKCount, len(raw), err, test.want)
		}
	}
}

// The options of the usual SYN are read at once. That must give what reading
// them one by one gives, also where a byte is not the usual one.
func TestUsualSYN(t *testing.T) {
	usual := TCPOptions{MSS: 1460, WindowScale: 10, SACKPermitted: true, Timestamps: true, TSVal: 0xfffefdfc, TSEcr: 0x01020304}.Append(nil)
	if len(usual) != lenUsualSYN {
		t.Fatalf("a SYN's options are %d bytes", len(usual))
	}
	quick := 0
	for k := range usual {
		for v := range 256 {
			raw := bytes.Clone(usual)
			raw[k] = byte(v)
			var each TCPOptions
			want := each.parse(raw)
			o, err := ParseTCPOptions(raw)
			if o != each || (err == nil) != (want == nil) {
				t.Fatalf("% x: at once %+v %v, one by one %+v %v", raw, o, err, each, want)
			}
			if o = (TCPOptions{}); o.usualSYN((*[lenUsualSYN]byte)(raw)) {
				quick++
			}
		}
	}
	if want := 10*256 + 15 + 9; quick != want {
		t.Errorf("%d of them were read at once, want %d: all but those with another kind or length", quick, want)
	}
}

// Any bytes are read without a panic, and what was read can be written and read
// again.
func FuzzTCPOptions(f *testing.F) {
	f.Add([]byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7})
	f.Add([]byte{1, 1, 5, 18, 0, 0, 0, 16, 0, 0, 0, 32, 0, 0, 0, 48, 0, 0, 0, 64})
	f.Add([]byte{8, 1})
	f.Add([]byte{0, 2, 4})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > maxOptions {
			return
		}
		o, _ := ParseTCPOptions(raw)
		out := o.Append([]byte("prefix"))
		out = out[len("prefix"):]
		if len(out) > maxOptions || len(out)%4 != 0 {
			t.Fatalf("%+v takes %d bytes, allowed: up to 40, in words of 4", o, len(out))
		}
		again, err := ParseTCPOptions(out)
		if err != nil {
			t.Fatalf("our own % x is refused: %v", out, err)
		}
		if o.SACKCount > again.SACKCount { // left out for want of room
			o.SACKCount = again.SACKCount
		}
		for i := o.SACKCount; i < MaxSACKBlocks; i++ {
			o.SACK[i], again.SACK[i] = SACKBlock{}, SACKBlock{}
		}
		if !reflect.DeepEqual(o, again) {
			t.Errorf("% x is %+v, written and read again %+v", raw, o, again)
		}
	})
}
