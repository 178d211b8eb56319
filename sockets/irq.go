package sockets

import (
	"time"

	"socketbook/sockets/sim"
)

// irqLine is the interrupt of one card, in two halves as in the kernel.
//
// The hard half only acknowledges and masks the line: "I know". The soft half
// (NET_RX_SOFTIRQ) runs right after it and lets the driver poll the ring. The
// line stays masked until a poll finds the ring empty, so a busy card costs
// polls, not interrupts. (door 2)
//
//	frame ─▶ raise ──wait: moderation──▶ hard ─▶ soft ─▶ driver poll ─┐
//	           ▲                                  ▲      full budget: │
//	           └───── ring empty: unmask ─────────┼───────────────────┤
//	                                              └───────────────────┘
type irqLine struct {
	nic        *nic
	usecs      time.Duration
	frames     int
	masked     bool
	timer      sim.Timer // the moderation timer, while it runs
	hard, soft sim.Handler
}

func (q *irqLine) build(c *nic) {
	s := c.host.net.sim
	q.nic = c
	q.usecs, q.frames = max(0, c.host.limits.RxUsecs), c.host.limits.RxFrames
	q.hard = s.Handle(func(uint64) { q.interrupt() })
	q.soft = s.Handle(func(uint64) { q.softirq() })
}

// raise asks for the interrupt, with pending frames in the ring. Called by
// the card.
func (q *irqLine) raise(pending int) {
	if q.masked {
		return // the driver is polling, it will see the frame
	}
	s := q.nic.host.net.sim
	if pending >= q.frames {
		if q.timer != 0 {
			s.Cancel(q.timer)
		}
		q.masked, q.timer = true, 0
		s.After(0, q.hard, 0)
		return
	}
	if q.timer == 0 {
		q.timer = s.After(q.usecs, q.hard, 0)
	}
}

// interrupt is the hard half: acknowledge, mask, and go. It must not do more,
// because nothing else runs on this CPU meanwhile.
func (q *irqLine) interrupt() {
	h := q.nic.host
	q.masked, q.timer = true, 0
	h.stats.Interrupts++
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, Station: StationIRQ, Text: q.nic.name + ": interrupt, line masked"})
	}
	h.net.sim.After(0, q.soft, 0)
}

// softirq is the soft half: one poll, and another turn if the budget was used
// up.
func (q *irqLine) softirq() {
	if q.nic.poll() {
		q.masked = false
		return
	}
	q.nic.host.net.sim.After(0, q.soft, 0)
}
