package sockets

import (
	"strings"
	"time"

	"socketbook/sockets/sim"
)

// QueueSeries is the length of a queue over virtual time, ready to draw.
type QueueSeries struct {
	samples []queueSample
	drops   []queueDropped
	bound   int
}

type queueSample struct {
	at sim.Time
	n  int
}

type queueDropped struct {
	at      sim.Time
	n       int
	counter string
}

// AcceptQueue is the accept queue of the host's listeners on a port, as the
// tape saw it: its length after each change, and what it turned away.
func (t *Tape) AcceptQueue(h *Host, port uint16) QueueSeries {
	s := QueueSeries{samples: []queueSample{{0, 0}}}
	for _, e := range t.events {
		if e.Host != h.name || e.Flow.DstPort != port {
			continue
		}
		switch {
		case e.Station == StationQueue && strings.HasPrefix(e.Text, "accept queue"):
			s.sample(e.At, e.N)
		case e.Station == StationDrop && strings.Contains(e.Text, "ListenOverflows"):
			s.drop(e.At, "ListenOverflows")
		}
	}
	if i := h.listenerOn(port); i != 0 {
		s.bound = int(h.listeners.at(h.socks.at(i).traffic).backlog) + 1
	}
	return s
}

// listenerOn is any listener on a port.
func (h *Host) listenerOn(port uint16) uint32 {
	b := h.ports.bucket(port)
	if b == nil {
		return 0
	}
	for i := b.owners; i != 0; i = h.ports.owner(i).next {
		if li := h.ports.owner(i).listener; li != 0 {
			return li
		}
	}
	return 0
}

func (s *QueueSeries) sample(at sim.Time, n int) {
	if last := &s.samples[len(s.samples)-1]; last.at == at {
		last.n = n
		return
	}
	s.samples = append(s.samples, queueSample{at, n})
}

func (s *QueueSeries) drop(at sim.Time, counter string) {
	if n := len(s.drops); n > 0 && s.drops[n-1].at == at {
		s.drops[n-1].n++
		return
	}
	s.drops = append(s.drops, queueDropped{at, 1, counter})
}

// Len is the number of samples.
func (s QueueSeries) Len() int { return len(s.samples) }

// XY is sample i: the time in seconds, and the length from then on.
func (s QueueSeries) XY(i int) (x, y float64) {
	return s.samples[i].at.Seconds(), float64(s.samples[i].n)
}

// Bound is how many connections the queue admits: backlog+1; 0 when nobody
// listens any more.
func (s QueueSeries) Bound() int { return s.bound }

// Most is the greatest length.
func (s QueueSeries) Most() int {
	most := 0
	for _, q := range s.samples {
		most = max(most, q.n)
	}
	return most
}

// Dropped is how many segments were turned away.
func (s QueueSeries) Dropped() int {
	all := 0
	for _, d := range s.drops {
		all += d.n
	}
	return all
}

// Drops is the number of instants at which something was turned away.
func (s QueueSeries) Drops() int { return len(s.drops) }

// Drop is such an instant: when, how many, and the counter that went up.
func (s QueueSeries) Drop(i int) (at time.Duration, n int, counter string) {
	return time.Duration(s.drops[i].at), s.drops[i].n, s.drops[i].counter
}
