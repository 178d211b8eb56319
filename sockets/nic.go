package sockets

import "socketbook/sockets/wire"

// A nic is a network card: rows of receive descriptors (the rx rings) in front
// of the kernel, a wire behind it. A card has one ring, or several, each with an
// interrupt and a CPU of its own ([Limits.Queues]).
type nic struct {
	host *Host
	name string
	mac  wire.MAC
	peer *nic // nil for lo
	mtu  int  // of a packet, in bytes
	arp  bool // it has to ask for its neighbours' addresses
	tx   *wireDir
	taps []tap // who captures here

	rxQueue                // the first ring, of most cards the only one
	queues      []*rxQueue // all of them
	indirection [rssTable]uint8
	offloads    Offloads
	txFull      bool // no tx descriptor is free: the queue is stopped
	count       cardCounters
}

// cardCounters are a device's: struct rtnl_link_stats64. Stats has the sums of
// all devices.
type cardCounters struct {
	rxPackets, rxBytes, rxMissed, rxCrc, rxDropped uint64
	txPackets, txBytes, txDropped, txCarrier       uint64
	interrupts, tsoPackets, tsoFrames, groMerged   uint64
	txStopped, txWake                              uint64
}

// rxQueue is a ring of receive descriptors.
//
// The driver has posted empty buffers of kernel memory in it. The card writes
// each arriving frame into the next one itself (DMA): no CPU copies a byte. Then
// it asks for an interrupt. A frame that finds no empty buffer is lost, and the
// card counts it.
//
//	  head: the driver takes from here      tail: the card writes here
//	   |                                     |
//	[ full | full | full | full | full | full | empty | empty | … ]
//
// The loopback device lo has no card: its ring is the host's own backlog.
type rxQueue struct {
	nic        *nic
	number     int
	cpu        *cpu
	ring       []rxDesc
	limit      int // descriptors in use: Limits.RxRing
	head, tail uint32
	irq        irqLine
	packets    uint64 // rx0_packets of ethtool -S, and so on
	bytes      uint64
	flows      []groFlow // what GRO holds back until the poll ends, oldest first
}

type rxDesc struct {
	buf  bufRef // of the host's kernel memory
	n    uint32
	hint hint
}

func newNIC(h *Host) *nic {
	c := &nic{host: h, name: "eth" + itoa(len(h.nics)), mtu: 1500}
	// A locally administered address (IEEE 802: the bit 0x02), made of the
	// host's and the card's number.
	c.mac = wire.MAC{0x02, 0, 0, byte(h.id >> 8), byte(h.id), byte(len(h.nics))}
	c.build(h.limits.Queues, h.limits.RxRing)
	h.nics = append(h.nics, c)
	return c
}

// build makes the rings, and the table that spreads frames evenly over them
// (ethtool_rxfh_indir_default).
func (c *nic) build(queues, limit int) {
	c.offloads = OffloadRxChecksum | OffloadTxChecksum
	for k := range queues {
		q := &c.rxQueue
		if k > 0 {
			q = &rxQueue{}
		}
		*q = rxQueue{nic: c, number: k, cpu: c.host.cpus[k%len(c.host.cpus)], ring: make([]rxDesc, ceilPow2(limit)), limit: limit}
		q.irq.build(q)
		c.queues = append(c.queues, q)
	}
	for k := range c.indirection {
		c.indirection[k] = uint8(k % queues)
	}
}

// newLoopback makes the device lo. Frames sent there come back after no time
// at all, through a queue of netdev_max_backlog = 1000 frames, of which one
// more fits (net/core/dev.c, loopback_xmit → netif_rx → enqueue_to_backlog).
// Nothing interrupts: whoever sends raises the soft interrupt himself.
func newLoopback(h *Host) *nic {
	c := &nic{host: h, name: "lo", mtu: 65536}
	c.tx = newWire(c, c, LinkOptions{Queue: 1000})
	c.peer = c
	c.build(1, 1001)
	c.irq.usecs, c.irq.frames = 0, 1
	h.net.newDevice(c)
	return c
}

// receive is the card's half of reception, called when a frame of n bytes
// arrives. It takes the frame's memory over.
func (c *nic) receive(buf bufRef, n uint32, k hint) {
	h := c.host
	if h.tap != nil {
		h.tap.receive(h.mem.of(buf)[:n])
		h.net.frames.release(buf)
		return
	}
	q := &c.rxQueue
	if len(c.queues) > 1 {
		q = c.steer(h.mem.of(buf)[:n])
	}
	if int(q.tail-q.head) >= min(q.limit, len(q.ring)) {
		q.overrun(h.mem.of(buf)[:n])
		h.net.frames.release(buf)
		return
	}
	d := &q.ring[q.tail&uint32(len(q.ring)-1)]
	*d = rxDesc{buf, n, k}
	h.mem.adopt(&h.net.frames, buf)
	q.tail++
	q.packets++
	q.bytes += uint64(n)
	h.stats.RxPackets++
	h.stats.RxBytes += uint64(n)
	c.count.rxPackets++
	c.count.rxBytes += uint64(n)
	if c.taps != nil && c.offloads&OffloadGRO == 0 {
		h.net.captured(c.taps, wire.PcapngInbound, h.mem.of(buf)[:n], "")
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDMA, h.mem.of(buf)[:n], q.device()+" holds "+itoa(int(q.tail-q.head))+" of "+itoa(q.limit))
	}
	q.irq.raise(int(q.tail - q.head))
}

// device names device and ring as the tape has them. Of a device with GRO it
// says so: tcpdump does not see what such a ring holds, only what comes out.
func (q *rxQueue) device() string {
	name := q.nic.name
	if q.nic.offloads&OffloadGRO != 0 {
		name += groMark
	}
	if name += ": rx ring"; len(q.nic.queues) > 1 {
		name += " " + itoa(q.number)
	}
	return name
}

const groMark = " (gro)"

// name is the device's, with the ring's number where there are several.
func (q *rxQueue) name() string {
	if len(q.nic.queues) > 1 {
		return q.nic.name + "-" + itoa(q.number)
	}
	return q.nic.name
}

// overrun loses a frame for which there is no room.
func (q *rxQueue) overrun(frame []byte) {
	h, why := q.nic.host, "rx ring full: rx_missed_errors"
	if q.nic == h.lo {
		q.cpu.soft.Dropped++
		h.stats.SoftnetDropped++
		q.nic.count.rxDropped++
		why = "backlog full: dropped in softnet_stat"
	} else {
		h.stats.RxMissed++
		q.nic.count.rxMissed++
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, why)
	}
}

// receiveBad is what the card does with a frame whose check sequence does not
// fit: it counts it and forgets it, and nobody above hears of it.
func (c *nic) receiveBad(frame []byte) {
	h := c.host
	h.stats.RxCrcErrors++
	c.count.rxCrc++
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, c.name+": frame check sequence wrong: rx_crc_errors")
	}
}

// enlarge gives the ring room for n frames.
func (q *rxQueue) enlarge(n int) {
	if n <= len(q.ring) {
		return
	}
	bigger := make([]rxDesc, ceilPow2(n))
	for i := q.head; i != q.tail; i++ {
		bigger[i&uint32(len(bigger)-1)] = q.ring[i&uint32(len(q.ring)-1)]
	}
	q.ring = bigger
}

func ceilPow2(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}
