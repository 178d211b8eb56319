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
	rx         *rxQueue
	usecs      time.Duration
	frames     int
	masked     bool
	timer      sim.Timer // the moderation timer, while it runs
	hard, soft sim.Handler
}

func (q *irqLine) build(rx *rxQueue) {
	h := rx.nic.host
	q.rx = rx
	q.usecs, q.frames = max(0, h.limits.RxUsecs), h.limits.RxFrames
	q.hard = h.net.sim.Handle(func(uint64) { q.interrupt() })
	q.soft = h.net.sim.Handle(func(uint64) { q.softirq() })
}

// raise asks for the interrupt, with pending frames in the ring. Called by
// the card.
func (q *irqLine) raise(pending int) {
	if q.masked {
		return // the driver is polling, it will see the frame
	}
	s := q.rx.nic.host.net.sim
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

// interrupt reaches the CPU. One that costs nothing is there at once.
func (q *irqLine) interrupt() {
	q.masked, q.timer = true, 0
	h := q.rx.nic.host
	switch {
	case !h.charged:
		if q.rx.nic != h.lo {
			q.acknowledge()
		}
		q.rx.cpu.budget = h.netBudget
		h.net.sim.After(0, q.soft, 0)
	case q.rx.nic == h.lo:
		q.rx.cpu.schedule(q.rx)
	default:
		q.rx.cpu.interrupt(q.rx)
	}
}

// acknowledge is the hard half: acknowledge, mask, and go. It must not do more,
// because nothing else runs on this CPU meanwhile.
func (q *irqLine) acknowledge() {
	h := q.rx.nic.host
	h.stats.Interrupts++
	q.rx.nic.count.interrupts++
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, Station: StationIRQ, Text: q.rx.name() + ": interrupt, line masked"})
	}
}

// softirq is the soft half on a CPU that costs nothing: one poll, and another
// turn if its weight was used up (net_rx_action).
func (q *irqLine) softirq() {
	c := q.rx.cpu
	n, empty := q.rx.poll()
	if c.budget -= n; c.budget <= 0 {
		c.squeeze()
		c.budget = c.host.netBudget
	}
	if empty {
		q.masked = false
		return
	}
	c.host.net.sim.After(0, q.soft, 0)
}
