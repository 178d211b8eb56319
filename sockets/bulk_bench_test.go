package sockets

import (
	"testing"
	"time"
)

// BenchmarkBulk is one connection at its best, real bytes with real checksums
// from a write of 64 KiB to a read: over lo, and between two machines with the
// card's offloads off and on.
func BenchmarkBulk(b *testing.B) {
	for _, c := range []struct {
		name     string
		lo       bool
		offloads Offloads
	}{{"lo", true, 0}, {"LAN", false, 0}, {"LAN-TSO-GRO", false, OffloadTSO | OffloadGRO}} {
		b.Run(c.name, func(b *testing.B) {
			const total = 256 << 20
			var took time.Duration
			for b.Loop() {
				took += bulk(b, c.lo, c.offloads, total)
			}
			b.ReportMetric(float64(total)*float64(b.N)/1e6/took.Seconds(), "MB/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// bulk moves total bytes and says how long that took by the wall clock.
func bulk(b *testing.B, lo bool, on Offloads, total int) time.Duration {
	lab := NewNetwork(Seed(1))
	defer lab.Close()
	l := Limits{Rmem: 4 << 20, Wmem: 4 << 20}
	server, client := lab.NewHost("server", l), lab.NewHost("client", l)
	lab.NewLink(client, server, LAN)
	for _, h := range []*Host{server, client} {
		if err := h.SetOffload("eth0", on, true); err != nil {
			b.Fatal(err)
		}
	}
	to := server.Addr(80)
	if lo {
		client, to = server, Addr("127.0.0.1:80")
	}
	got := 0
	server.Spawn("server", func(p *Process) {
		l, _ := p.ListenOn(Any(80), 5)
		fd, _, _ := p.Accept4(l, 0)
		for buf := make([]byte, 1<<16); ; {
			n, err := p.Read(fd, buf)
			if n <= 0 || err != nil {
				return
			}
			got += n
		}
	})
	client.Spawn("client", func(p *Process) {
		p.Sleep(time.Millisecond)
		fd, _ := p.Dial(to)
		data := make([]byte, 1<<16)
		for k := range data {
			data[k] = byteAt(k)
		}
		for sent := 0; sent < total; sent += len(data) {
			if n, err := p.Write(fd, data); n != len(data) || err != nil {
				b.Errorf("write: %d, %v", n, err)
				return
			}
		}
		p.Close(fd)
	})
	start := time.Now()
	lab.Run()
	took := time.Since(start)
	if got != total {
		b.Fatalf("%d bytes arrived of %d", got, total)
	}
	return took
}
