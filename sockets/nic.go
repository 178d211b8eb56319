package sockets

import "socketbook/sockets/wire"

// A nic is a network card: a row of receive descriptors (the rx ring) in
// front of the kernel, a wire behind it.
//
// The driver has posted empty buffers of kernel memory in the ring. The card
// writes each arriving frame into the next one itself (DMA): no CPU copies a
// byte. Then it asks for an interrupt. A frame that finds no empty buffer is
// lost, and the card counts it.
//
//	  head: the driver takes from here      tail: the card writes here
//	   |                                     |
//	[ full | full | full | full | full | full | empty | empty | … ]
//
// The loopback device lo has no card: its "wire" is the host's own backlog.
type nic struct {
	host *Host
	name string
	mac  wire.MAC
	peer *nic // nil for lo
	mtu  int  // of a packet, in bytes
	tx   *wireDir

	ring       []rxDesc
	limit      int // descriptors in use: Limits.RxRing
	head, tail uint32
	irq        irqLine
	taps       []tap // who captures here
}

type rxDesc struct {
	buf bufRef // of the host's kernel memory
	n   uint32
}

func newNIC(h *Host) *nic {
	c := &nic{host: h, name: "eth" + itoa(len(h.nics)), ring: make([]rxDesc, ceilPow2(h.limits.RxRing)), limit: h.limits.RxRing, mtu: 1500}
	// A locally administered address (IEEE 802: the bit 0x02), made of the
	// host's and the card's number.
	c.mac = wire.MAC{0x02, 0, 0, byte(h.id >> 8), byte(h.id), byte(len(h.nics))}
	c.irq.build(c)
	h.nics = append(h.nics, c)
	return c
}

// newLoopback makes the device lo. Frames sent there come back after no time
// at all, through a queue of netdev_max_backlog = 1000 frames
// (net/core/dev.c, loopback_xmit → netif_rx).
func newLoopback(h *Host) *nic {
	c := &nic{host: h, name: "lo", ring: make([]rxDesc, 1024), limit: 1024, mtu: 65536}
	c.tx = newWire(c, c, LinkOptions{Queue: 1000})
	c.peer = c
	c.irq.build(c)
	c.irq.usecs, c.irq.frames = 0, 1
	h.net.newDevice(c)
	return c
}

// receive is the card's half of reception, called when a frame arrives.
func (c *nic) receive(frame []byte) {
	h := c.host
	if h.tap != nil {
		h.tap.receive(frame)
		return
	}
	if c.tail-c.head >= uint32(c.limit) {
		h.stats.RxMissed++
		if h.net.tape != nil {
			h.net.tape.frame(h, StationDrop, frame, "rx ring full: rx_missed_errors")
		}
		return
	}
	d := &c.ring[c.tail&uint32(len(c.ring)-1)]
	d.buf, d.n = h.mem.alloc(len(frame)), uint32(len(frame))
	copy(h.mem.of(d.buf), frame)
	c.tail++
	h.stats.RxPackets++
	h.stats.RxBytes += uint64(len(frame))
	if c.taps != nil {
		h.net.captured(c.taps, wire.PcapngInbound, frame, "")
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDMA, frame, c.name+": rx ring holds "+itoa(int(c.tail-c.head))+" of "+itoa(c.limit))
	}
	c.irq.raise(int(c.tail - c.head))
}

// receiveBad is what the card does with a frame whose check sequence does not
// fit: it counts it and forgets it, and nobody above hears of it.
func (c *nic) receiveBad(frame []byte) {
	h := c.host
	h.stats.RxCrcErrors++
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, c.name+": frame check sequence wrong: rx_crc_errors")
	}
}

func ceilPow2(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}
