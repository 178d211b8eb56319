package sockets

import (
	"fmt"
	"testing"
	"time"
)

// onePair lets two programs talk over one connection on a fresh wire, until the
// client's has ended, and returns how long that took.
func onePair(serve, dial func(p *Process, fd int) error) (lab *Network, took time.Duration, err error) {
	lab = NewNetwork(Seed(1))
	server, client := lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
	lab.NewLink(client, server, LAN)
	ended := false
	note := func(e error) {
		if err == nil {
			err = e
		}
	}
	server.Spawn("server", func(p *Process) {
		l, e := p.ListenOn(Any(80), 16)
		fd := -1
		if e == nil {
			fd, _, e = p.Accept4(l, 0)
		}
		if e == nil {
			e = serve(p, fd)
		}
		note(e)
	})
	client.Spawn("client", func(p *Process) {
		p.Sleep(time.Millisecond)
		fd, e := p.Dial(server.Addr(80))
		if e == nil {
			e = dial(p, fd)
		}
		note(e)
		ended = true
	})
	start := time.Now()
	stopped := lab.RunUntil(func() bool { return ended || err != nil })
	took = time.Since(start)
	if err == nil {
		err = stopped
	}
	if err == nil && !ended {
		err = fmt.Errorf("nothing happens any more: %v", lab.Sleepers())
	}
	return lab, took, err
}

// BenchmarkRoundTrip is 64 bytes there and back on one connection, between two
// programs that read and write.
func BenchmarkRoundTrip(b *testing.B) {
	const trips = 200_000
	var took time.Duration
	events := uint64(0)
	for b.Loop() {
		lab, t, err := onePair(func(p *Process, fd int) error {
			var buf [64]byte
			for range trips {
				if n, err := p.Read(fd, buf[:]); n != len(buf) || err != nil {
					return fmt.Errorf("%d bytes read: %v", n, err)
				}
				if _, err := p.Write(fd, buf[:]); err != nil {
					return err
				}
			}
			return nil
		}, func(p *Process, fd int) error {
			var buf [64]byte
			for i := range trips {
				buf[0] = byte(i)
				if _, err := p.Write(fd, buf[:]); err != nil {
					return err
				}
				if n, err := p.Read(fd, buf[:]); n != len(buf) || err != nil || buf[0] != byte(i) {
					return fmt.Errorf("%d bytes came back: %v", n, err)
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		events += lab.Events()
		took += t
		lab.Close()
	}
	b.ReportMetric(trips*float64(b.N)/took.Seconds(), "trips/s")
	b.ReportMetric(float64(events)/took.Seconds(), "events/s")
	b.ReportMetric(0, "ns/op")
}
