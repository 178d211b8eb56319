package sockets

import (
	"testing"
	"time"
)

// BenchmarkSS is ss over a million connections, of which it shows those of one
// state and one port: `ss -tnp state established '( sport = :80 )'` all of
// them, and `state time-wait` none.
func BenchmarkSS(b *testing.B) {
	c := newCrowd(million)
	defer c.lab.Close()
	if err := c.open(million); err != nil {
		b.Fatal(err)
	}
	for _, f := range []struct {
		name, filter string
		rows         int
	}{{"all", "state established sport = :80", million}, {"none", "state time-wait sport = :80", 0}} {
		b.Run("1M/"+f.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				filter, err := ParseSocketFilter(f.filter)
				if err != nil {
					b.Fatal(err)
				}
				rows := c.server.SocketsWhere(filter)
				if n += len(rows); len(rows) != f.rows {
					b.Fatalf("%d rows, want %d", len(rows), f.rows)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/ss")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkClose closes a million connections from the client's side, lets the
// server close its own when it has read the end, and waits until TIME_WAIT is
// over and the tables hold nothing any more. Programs take no time here, so
// they would all close in the same instant: 500 of them do every 50 µs, which
// is a second or less of virtual time on a 10 Gbit/s wire.
func BenchmarkClose(b *testing.B) {
	var took time.Duration
	var left, held int64
	for b.Loop() {
		b.StopTimer()
		before := resident()
		s := server{port: 80}
		c := crowdWith(million, func(_ *crowd, p *Process) { s.run(p) })
		if err := c.hold(million, &s.accepted); err != nil {
			b.Fatal(err)
		}
		held += resident() - before
		b.StartTimer()
		start := time.Now()
		for k := range million {
			if c.load.Close(k); k%500 == 499 {
				c.lab.RunFor(50 * time.Microsecond)
			}
		}
		c.lab.RunFor(2 * time.Minute)
		took += time.Since(start)
		b.StopTimer()
		left += resident() - before
		for _, h := range c.lab.Hosts() {
			if m := h.Sockstat(); m.InUse+m.TimeWait+m.Orphan > 1 || h.conns.n != 0 {
				b.Fatalf("host %s still has %+v, and %d connections in its table", h.Name(), m, h.conns.n)
			}
		}
		c.lab.Close()
		b.StartTimer()
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s/close")
	b.ReportMetric(float64(million*b.N)/took.Seconds(), "closes/s")
	b.ReportMetric(float64(held)/float64(b.N)/1e6, "MB-held")
	b.ReportMetric(float64(left)/float64(b.N)/1e6, "MB-left")
	b.ReportMetric(0, "ns/op")
}
