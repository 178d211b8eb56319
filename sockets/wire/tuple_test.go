package wire

import (
	"fmt"
	"math"
	"math/bits"
	"testing"
	"unsafe"
)

func TestFiveTuple(t *testing.T) {
	a := FiveTuple{ProtoTCP, 0x0a000002, 0x0a000001, 40000, 80}
	if got, want := a.String(), "10.0.0.2:40000 > 10.0.0.1:80 tcp"; got != want {
		t.Errorf("prints %q, want %q", got, want)
	}
	if got, want := a.Reverse().String(), "10.0.0.1:80 > 10.0.0.2:40000 tcp"; got != want {
		t.Errorf("reversed prints %q, want %q", got, want)
	}
	if a.Reverse().Reverse() != a || a.Reverse() == a {
		t.Error("reversed twice is not the same")
	}
	for proto, want := range map[uint8]string{ProtoUDP: "udp", ProtoICMP: "icmp", 132: "proto 132"} {
		a.Proto = proto
		if got := a.String(); got != "10.0.0.2:40000 > 10.0.0.1:80 "+want {
			t.Errorf("protocol %d prints %q", proto, got)
		}
	}
	if size := unsafe.Sizeof(a); size != 16 {
		t.Errorf("a tuple takes %d bytes, want 16", size)
	}
}

// Fixed for ever: a change would change the order in tables, and the tapes.
func TestHashIsFixed(t *testing.T) {
	got := fmt.Sprintf("%016x %016x", FiveTuple{}.Hash(), FiveTuple{ProtoTCP, 0x0a000002, 0x0a000001, 40000, 80}.Hash())
	if want := "0000000000000000 2b82a9afa7ab8c76"; got != want {
		t.Errorf("hashes are %s, want %s", got, want)
	}
}

// The tuples of a real server differ in a few low bits: ports counted up, some
// neighbouring addresses. Low and high bits of the hash must spread them over
// a table as evenly as chance would.
func TestHashSpreads(t *testing.T) {
	const buckets = 1 << 12
	for _, shift := range []int{0, 20, 52} {
		var count [buckets]int
		n := 0
		for client := range Addr4(16) {
			for port := range uint16(28232) {
				tuple := FiveTuple{ProtoTCP, 0x0a000002 + client, 0x0a000001, 32768 + port, 80}
				count[tuple.Hash()>>shift%buckets]++
				n++
			}
		}
		mean := float64(n) / buckets
		chi2 := 0.0
		for _, c := range count {
			chi2 += (float64(c) - mean) * (float64(c) - mean) / mean
		}
		// Chi-squared with 4,095 degrees of freedom, here within 5 deviations.
		if z := (chi2 - (buckets - 1)) / math.Sqrt(2*(buckets-1)); math.Abs(z) > 5 {
			t.Errorf("bits from %d: chi-squared is %.1f deviations from chance", shift, z)
		}
	}
}

// Every bit of the tuple changes about half of the hash's bits.
func TestHashAvalanche(t *testing.T) {
	flips := []func(t *FiveTuple, bit int){
		func(t *FiveTuple, bit int) { t.Src ^= 1 << (bit % 32) },
		func(t *FiveTuple, bit int) { t.Dst ^= 1 << (bit % 32) },
		func(t *FiveTuple, bit int) { t.SrcPort ^= 1 << (bit % 16) },
		func(t *FiveTuple, bit int) { t.DstPort ^= 1 << (bit % 16) },
		func(t *FiveTuple, bit int) { t.Proto ^= 1 << (bit % 8) },
	}
	for field, flip := range flips {
		for bit := range 32 {
			changed := 0
			const tuples = 1000
			for i := range uint32(tuples) {
				a := FiveTuple{ProtoTCP, 0x0a000000 + Addr4(i), 0x0a000001, uint16(40000 + i*7), 80}
				b := a
				flip(&b, bit)
				changed += bits.OnesCount64(a.Hash() ^ b.Hash())
			}
			if mean := float64(changed) / tuples; mean < 28 || mean > 36 {
				t.Errorf("field %d, bit %d: %.1f bits of 64 change", field, bit, mean)
			}
		}
	}
}
