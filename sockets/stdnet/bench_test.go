package stdnet_test

import (
	"io"
	"net/http"
	"testing"

	"socketbook/sockets/stdnet"
)

// Connections opened and closed: each leaves a socket in TIME-WAIT behind, so
// late ones pay for many of them.
func BenchmarkDial(b *testing.B) {
	server, client := stdnet.Pair()
	defer server.Net().Close()
	l, err := server.Listen("tcp", ":80")
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	for b.Loop() {
		c, err := client.Dial("tcp", "server:80")
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, c)
		c.Close()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "connections/s")
}

// A body of 10 MiB across the wire, at real pace: the wire would take 8.6 ms,
// the send buffer of 16 KiB and the round trip of 86 µs allow for 190 MB/s.
func BenchmarkBody(b *testing.B) {
	body := pattern(10 << 20)
	s := newSite(b, func(w http.ResponseWriter, r *http.Request) { w.Write(body) })
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if got, err := s.get("/"); err != nil || len(got) != len(body) {
			b.Fatal(len(got), err)
		}
	}
}

// Requests on one connection, one after another.
func BenchmarkRequest(b *testing.B) {
	s := newSite(b, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	for b.Loop() {
		if _, err := s.get("/"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
