package wire

import (
	"fmt"
	"testing"
)

// BenchmarkFrame writes and reads whole frames: a segment without options or
// payload (54 B), a SYN of Linux (74 B), and a full segment (1514 B).
func BenchmarkFrame(b *testing.B) {
	syn := TCPOptions{MSS: 1460, SACKPermitted: true, Timestamps: true, TSVal: 1, WindowScale: 7}.Append(nil)
	for _, bench := range []struct {
		options, payload []byte
	}{{nil, nil}, {syn, nil}, {nil, make([]byte, 1460)}} {
		ip := IPv4{ID: 1, DF: true, TTL: 64, Src: 0x0a000002, Dst: 0x0a000001}
		tcp := TCP{SrcPort: 40000, DstPort: 80, Seq: 1, Ack: 2, Flags: ACK, Window: 64240, Options: bench.options}
		frame := make([]byte, 1514)
		n := PutTCP4(frame, exampleEthernet, &ip, &tcp, bench.payload)
		b.Run(fmt.Sprint("encode/", n), func(b *testing.B) {
			for b.Loop() {
				tcp.Seq++
				PutTCP4(frame, exampleEthernet, &ip, &tcp, bench.payload)
			}
			b.ReportMetric(nsPerOp(b), "ns/frame")
		})
		b.Run(fmt.Sprint("decode/", n), func(b *testing.B) {
			var ip IPv4
			var tcp TCP
			for b.Loop() {
				if _, err := ParseTCP4(frame[:n], &ip, &tcp); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(nsPerOp(b), "ns/frame")
		})
	}
}

func BenchmarkSumBytes(b *testing.B) {
	for _, n := range []int{20, 64, 1460, 65535} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			buf := make([]byte, n)
			b.SetBytes(int64(n))
			for b.Loop() {
				SumBytes(buf)
			}
		})
	}
}

// BenchmarkTCPOptions writes and reads the options of a SYN of Linux.
func BenchmarkTCPOptions(b *testing.B) {
	o := TCPOptions{MSS: 1460, SACKPermitted: true, Timestamps: true, TSVal: 1, WindowScale: 7}
	raw := o.Append(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o.Append(raw[:0])
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ParseTCPOptions(raw)
		}
	})
}

// BenchmarkHash hashes tuples as a look-up does, each put together from fields.
func BenchmarkHash(b *testing.B) {
	port, sum := uint16(0), uint64(0)
	for b.Loop() {
		port++
		sum += FiveTuple{ProtoTCP, 0x0a000002, 0x0a000001, port, 80}.Hash()
	}
	_ = sum
}

func nsPerOp(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }
