package wire

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// slowChecksum is RFC 1071 §1 word for word: add the 16-bit words, bring every
// carry back in, complement.
func slowChecksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		word := uint32(b[i]) << 8
		if i+1 < len(b) {
			word |= uint32(b[i+1])
		}
		sum += word
		if sum > 0xffff {
			sum = sum&0xffff + 1
		}
	}
	return ^uint16(sum)
}

// The example of RFC 1071 §3: the sum of these bytes is ddf2.
func TestChecksumOfRFC1071(t *testing.T) {
	b := []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}
	if got := ^SumBytes(b).Checksum(); got != 0xddf2 {
		t.Errorf("sum is %04x, want ddf2", got)
	}
}

// Every length up to several turns of the loop, at every alignment; bytes of
// all ones are where a carry is lost most easily.
func TestChecksumAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, fill := range []func() byte{
		func() byte { return byte(r.Uint32()) },
		func() byte { return 0xff },
		func() byte { return 0 },
		func() byte { return byte(r.IntN(2)) * 0xff },
	} {
		buf := make([]byte, 300)
		for i := range buf {
			buf[i] = fill()
		}
		for start := range 9 {
			for end := start; end <= len(buf); end++ {
				b := buf[start:end]
				if got, want := SumBytes(b).Checksum(), slowChecksum(b); got != want {
					t.Fatalf("checksum of %x is %04x, want %04x", b, got, want)
				}
			}
		}
	}
}

// Sums of even parts add up to the sum of the whole, and fields may be added
// as whole registers.
func FuzzSumOfParts(f *testing.F) {
	f.Add([]byte("The parts of a sum add up, wherever the cut is."), uint(8), uint32(0xffffffff))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, uint(2), uint32(0))
	f.Add([]byte{}, uint(0), uint32(0x00010000))
	f.Fuzz(func(t *testing.T, b []byte, cut uint, field uint32) {
		want := slowChecksum(b)
		cut = cut % uint(len(b)+1) &^ 1
		if got := (SumBytes(b[:cut]) + SumBytes(b[cut:])).Checksum(); got != want {
			t.Errorf("cut at %d: checksum %04x, want %04x", cut, got, want)
		}
		with := append(binary.BigEndian.AppendUint32(nil, field), b...)
		if got, want := (Sum(field) + SumBytes(b)).Checksum(), slowChecksum(with); got != want {
			t.Errorf("with field %08x: checksum %04x, want %04x", field, got, want)
		}
		// A router changes one word; RFC 1624 must agree with a new sum, but
		// for bytes that are all zero, which no header is.
		if len(b) < 2 || field == 0 {
			return
		}
		old := binary.BigEndian.Uint16(with[4:])
		before := slowChecksum(with)
		binary.BigEndian.PutUint16(with[4:], old+1)
		if got, want := UpdateChecksum(before, old, old+1), slowChecksum(with); got != want {
			t.Errorf("%04x becomes %04x: checksum %04x, want %04x", old, old+1, got, want)
		}
	})
}

// A Sum holds as many large values as its comment says.
func TestSumHasRoom(t *testing.T) {
	s := Sum(0xffffffff) * (1 << 31)
	if s/(1<<31) != 0xffffffff {
		t.Error("2³¹ values of 32 bits overflow a Sum")
	}
	if got := s.fold(); got != 0xffff {
		t.Errorf("the sum of values that are 0 modulo 65535 folds to %04x, want ffff", got)
	}
}

// The pseudo-headers laid out as the RFCs draw them have the same sum.
func TestPseudoHeaders(t *testing.T) {
	src, dst := Addr4(0xc0a80102), Addr4(0x0a00ffff)
	b := binary.BigEndian.AppendUint32(nil, uint32(src))
	b = binary.BigEndian.AppendUint32(b, uint32(dst))
	b = append(b, 0, ProtoUDP)
	b = binary.BigEndian.AppendUint16(b, 40000)
	if got, want := PseudoHeader4(src, dst, ProtoUDP, 40000).Checksum(), slowChecksum(b); got != want {
		t.Errorf("IPv4: %04x, want %04x", got, want)
	}
	var src6, dst6 [16]byte
	for i := range 16 {
		src6[i], dst6[i] = byte(i*17), byte(255-i)
	}
	b = append(append([]byte(nil), src6[:]...), dst6[:]...)
	b = binary.BigEndian.AppendUint32(b, 70000)
	b = append(b, 0, 0, 0, ProtoTCP)
	if got, want := PseudoHeader6(src6, dst6, ProtoTCP, 70000).Checksum(), slowChecksum(b); got != want {
		t.Errorf("IPv6: %04x, want %04x", got, want)
	}
}
