package sockets

import (
	"net"
	"runtime"
	"testing"
	"time"
)

// BenchmarkNetPipe is the anchor: connections of net.Pipe, which simulate
// nothing, made by one goroutine, accepted by another, held.
func BenchmarkNetPipe(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"100k", 100_000}, {"1M", 1_000_000}} {
		b.Run(c.name, func(b *testing.B) { benchmarkNetPipe(b, c.n) })
	}
}

func benchmarkNetPipe(b *testing.B, n int) {
	var took time.Duration
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		before := resident()
		clients, servers := make([]net.Conn, 0, n), make([]net.Conn, 0, n)
		queue, done := make(chan net.Conn, 1000), make(chan struct{})
		b.StartTimer()
		start := time.Now()
		go func() {
			for c := range queue {
				servers = append(servers, c)
			}
			close(done)
		}()
		for range n {
			here, there := net.Pipe()
			clients = append(clients, here)
			queue <- there
		}
		close(queue)
		<-done
		took += time.Since(start)
		b.StopTimer()
		bytes += resident() - before
		runtime.KeepAlive(clients)
		runtime.KeepAlive(servers)
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/took.Seconds(), "connections/s")
	b.ReportMetric(float64(bytes)/float64(n)/float64(b.N), "B/connection")
	b.ReportMetric(0, "ns/op")
}
