package sockets

import "socketbook/sockets/wire"

// poll is the driver's half of reception: it takes up to the budget of frames
// out of the ring and hands each one up the stack. It reports whether it
// found the ring empty. Runs in the soft interrupt; must not sleep.
//
// From here to the wake-up of a sleeping reader is one call stack.
func (c *nic) poll() (empty bool) {
	h := c.host
	budget := h.limits.RxBudget
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, Station: StationPoll, N: int(c.tail - c.head),
			Text: c.name + ": driver poll, " + itoa(int(c.tail-c.head)) + " frames in the ring, budget " + itoa(budget)})
	}
	for ; c.head != c.tail; budget-- {
		if budget == 0 {
			h.stats.TimeSqueeze++
			return false
		}
		d := &c.ring[c.head&uint32(len(c.ring)-1)]
		buf, n := d.buf, d.n
		d.buf, d.n = 0, 0
		c.head++
		h.ipReceive(c, buf, int(n))
	}
	return true
}

// transmit sends a frame of n bytes that lies in memory of the network's, and
// takes the memory over. A full queue drops it.
func (c *nic) transmit(frame bufRef, n int) {
	h := c.host
	if h.net.tape != nil {
		h.net.tape.frame(h, StationTx, h.net.frames.of(frame)[:n], c.name)
	}
	if why := c.tx.send(frame, n); why != "" {
		h.stats.TxDropped++
		if h.net.tape != nil {
			h.net.tape.frame(h, StationDrop, h.net.frames.of(frame)[:n], c.name+": "+why+": tx_dropped")
		}
		h.net.frames.release(frame)
		return
	}
	h.stats.TxPackets++
	h.stats.TxBytes += uint64(n)
}

// ethernetTo is the frame header from this card to its peer. Both ends know
// each other's address: there is no ARP on these wires (see doc.go).
func (c *nic) ethernetTo() wire.Ethernet {
	return wire.Ethernet{Dst: c.peer.mac, Src: c.mac, Type: wire.EtherTypeIPv4}
}
