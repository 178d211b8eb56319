package sockets

import "socketbook/sockets/wire"

// poll is the driver's half of reception: it takes up to the weight of frames
// out of the ring and hands each one up the stack. It reports how many, and
// whether the ring is empty. Runs in the soft interrupt; must not sleep.
//
// From here to the wake-up of a sleeping reader is one call stack.
func (q *rxQueue) poll() (n int, empty bool) {
	weight := q.nic.host.limits.RxBudget
	q.look(weight)
	for n < weight && q.head != q.tail {
		q.take()
		n++
	}
	q.flush()
	return n, n < weight
}

// look begins a poll.
func (q *rxQueue) look(weight int) {
	if h := q.nic.host; h.net.tape != nil {
		n := int(q.tail - q.head)
		h.net.tape.add(Event{Host: h.name, Station: StationPoll, N: n,
			Text: q.name() + ": driver poll, " + itoa(n) + " frames in the ring, budget " + itoa(weight)})
	}
}

// take hands the oldest frame of the ring up.
func (q *rxQueue) take() {
	d := &q.ring[q.head&uint32(len(q.ring)-1)]
	buf, n := d.buf, d.n
	q.nic.host.seg.hint = d.hint
	d.buf, d.n = 0, 0
	q.head++
	q.cpu.soft.Processed++
	if q.nic.offloads&OffloadGRO != 0 {
		if q.merge(buf, int(n)) {
			return
		}
		h := q.nic.host
		if q.nic.taps != nil {
			h.net.captured(q.nic.taps, wire.PcapngInbound, h.mem.of(buf)[:n], "")
		}
		if h.net.tape != nil {
			h.net.tape.frame(h, StationGRO, h.mem.of(buf)[:n], q.nic.name+": nothing to merge")
		}
	}
	q.nic.host.ipReceive(q.nic, buf, int(n))
}

// transmit sends a frame of n bytes that lies in memory of the network's, and
// takes the memory over. A full queue drops it.
func (c *nic) transmit(frame bufRef, n int) {
	h := c.host
	if h.charged {
		h.owe(h.limits.Costs.Transmit)
		if c.offloads&OffloadTxChecksum == 0 {
			h.owe(perKiB(h.limits.Costs.SumKiB, n))
		}
	}
	if c.taps != nil {
		h.net.captured(c.taps, wire.PcapngOutbound, h.net.frames.of(frame)[:n], "")
	}
	if h.gso != 0 {
		c.cut(frame, n)
		return
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationTx, h.net.frames.of(frame)[:n], c.name)
	}
	c.post(frame, n)
}

// post puts a frame into the transmit queue.
func (c *nic) post(frame bufRef, n int) {
	h := c.host
	if why := c.tx.send(frame, n); why != "" {
		h.stats.TxDropped++
		c.count.txDropped++
		if h.net.tape != nil {
			h.net.tape.frame(h, StationDrop, h.net.frames.of(frame)[:n], c.name+": "+why+": tx_dropped")
		}
		h.net.frames.release(frame)
		return
	}
	h.stats.TxPackets++
	h.stats.TxBytes += uint64(n)
	c.count.txPackets++
	c.count.txBytes += uint64(n)
	c.fill()
}

// Rows of descriptors of a card on the way out:
//
//	  completed: the card has sent it    posted: the driver writes here
//	   |                                   |
//	[ on its way ........................ ] → and behind them the qdisc
//
// The driver posts frames until all descriptors are taken; then it stops the
// queue, and what follows waits in the qdisc, where [LinkOptions.Queue] bounds
// the sum of both (as byte queue limits keep the ring short, tc_bql). The card
// gives a descriptor back when the frame has left; the driver notices at its
// next turn, and starts the queue again.

// fill posts the newest frame, or stops the queue.
func (c *nic) fill() {
	full := int(c.tx.tail-c.tx.waiting) > c.host.limits.TxRing
	if full && !c.txFull {
		c.count.txStopped++
	} else if !full && c.txFull {
		c.count.txWake++
	}
	c.txFull = full
}

// txRing is how many descriptors are taken and how many frames wait behind
// them in the qdisc.
func (c *nic) txRing() (posted, qdisc int) {
	c.tx.look()
	waits := int(c.tx.tail - c.tx.waiting)
	posted = min(waits, c.host.limits.TxRing)
	return posted, waits - posted
}

// ethernetTo is the frame header from this card to its peer. Both ends know
// each other's address, unless LinkOptions.ARP asks for real neighbours.
func (c *nic) ethernetTo() wire.Ethernet {
	return wire.Ethernet{Dst: c.peer.mac, Src: c.mac, Type: wire.EtherTypeIPv4}
}
