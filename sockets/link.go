package sockets

import (
	"fmt"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// LinkOptions describe a wire. Both directions are alike.
type LinkOptions struct {
	// Delay is the time a signal takes from end to end. Zero: none.
	Delay time.Duration

	// Rate of the wire, in bits per second, 1000 or more. Zero: a frame takes no
	// time to leave.
	Rate int64

	// Queue is how many frames may wait for the wire in front of each end
	// before the next is dropped (TxDropped). Default 1000: net/ethernet/eth.c
	// ether_setup, DEFAULT_TX_QUEUE_LEN; `ip link` shows it as qlen.
	Queue int
}

// LAN is a wire in a machine room: 10 Gbit/s, 25 µs from end to end.
var LAN = LinkOptions{Delay: 25 * time.Microsecond, Rate: 10_000_000_000}

func (o LinkOptions) validate() error {
	if o.Delay < 0 || o.Delay > maxTime {
		return &LimitError{"Delay", o.Delay, fmt.Sprintf("0 to %v", maxTime)}
	}
	if o.Rate != 0 && (o.Rate < minRate || o.Rate > maxRate) {
		return &LimitError{"Rate", o.Rate, fmt.Sprintf("%d to %d bit/s, or 0 for no limit", minRate, int64(maxRate))}
	}
	if o.Queue < 0 || o.Queue > maxQueue {
		return &LimitError{"Queue", o.Queue, fmt.Sprintf("0 to %d frames", maxQueue)}
	}
	return nil
}

const (
	minRate  = 1000              // a full queue of large frames leaves before the clock ends
	maxRate  = 8_000_000_000_000 // 8 Tbit/s: a picosecond and more for each byte
	maxQueue = 1 << 20
)

// A Link joins two hosts. Each end is a network card.
type Link struct {
	net  *Network
	a, b *nic
}

// NewLink joins two hosts by a wire, with a new network card at each end.
func (n *Network) NewLink(a, b *Host, o LinkOptions) *Link {
	if err := o.validate(); err != nil {
		n.fail(err)
		o = LinkOptions{}
	}
	l := &Link{net: n}
	if a == nil || b == nil || a == b || a.net != n || b.net != n {
		n.fail(&LimitError{"link", "between these hosts", "two different hosts of this network"})
		return l
	}
	set(&o.Queue, 1000)
	l.a, l.b = newNIC(a), newNIC(b)
	l.a.peer, l.b.peer = l.b, l.a
	l.a.tx = newWire(n, l.b, o)
	l.b.tx = newWire(n, l.a, o)
	n.newDevice(l.a)
	n.newDevice(l.b)
	n.links = append(n.links, l)
	return l
}

// wireDir is one direction of a wire: a first-in first-out row of frames, of
// which the first few are on the wire and the rest wait for it. One event is
// pending for the whole row, the arrival of its first frame. (door 1)
//
//	       arrives next                 leaves next           newest
//	ring:  [head ...... on the wire ......][waiting ......... tail)
type wireDir struct {
	net     *Network
	to      *nic
	delay   time.Duration
	psByte  int64 // picoseconds a byte takes: 800 at 10 Gbit/s
	rate    int64 // bits per second, 0: no limit
	limit   uint32
	arrive  sim.Handler
	free    sim.Time // the wire is taken until then …
	freePs  int64    // … and this many picoseconds
	ring    []flight // a power of two long
	head    uint32
	waiting uint32 // first frame that had not begun to leave when last looked
	tail    uint32
	taps    []tap // who captures what enters here
}

type flight struct {
	leaves, arrives sim.Time
	frame           bufRef
	n               uint32
}

// wireOverhead is what Ethernet adds to the bytes of a frame on the wire:
// preamble and start 8, FCS 4, gap 12 (IEEE 802.3). Frames are padded to 60.
const (
	wireOverhead = 24
	minFrame     = 60
)

func newWire(n *Network, to *nic, o LinkOptions) *wireDir {
	w := &wireDir{net: n, to: to, delay: o.Delay, rate: o.Rate, limit: uint32(o.Queue), ring: make([]flight, 16)}
	if o.Rate > 0 {
		w.psByte = 8_000_000_000_000 / o.Rate
	}
	w.arrive = n.sim.Handle(func(uint64) { w.arrived() })
	return w
}

// send puts a frame in the row and reports whether there was room.
func (w *wireDir) send(frame bufRef, n int) bool {
	now := w.net.sim.Now()
	for w.waiting != w.tail && w.at(w.waiting).leaves <= now {
		w.waiting++
	}
	if w.tail-w.waiting >= w.limit {
		return false
	}
	if w.taps != nil {
		w.net.captured(w.taps, wire.PcapngOutbound, w.net.frames.of(frame)[:n], "")
	}
	if w.free < now {
		w.free, w.freePs = now, 0
	}
	f := flight{leaves: w.free, frame: frame, n: uint32(n)}
	ps := int64(max(n, minFrame)+wireOverhead)*w.psByte + w.freePs
	w.free, w.freePs = w.free+sim.Time(ps/1000), ps%1000
	f.arrives = w.free.Add(w.delay)
	if w.tail-w.head == uint32(len(w.ring)) {
		w.grow()
	}
	*w.at(w.tail) = f
	w.tail++
	if w.tail-w.head == 1 {
		w.net.sim.At(f.arrives, w.arrive, 0)
	}
	return true
}

func (w *wireDir) at(i uint32) *flight { return &w.ring[i&uint32(len(w.ring)-1)] }

func (w *wireDir) grow() {
	bigger := make([]flight, 2*len(w.ring))
	for i := w.head; i != w.tail; i++ {
		bigger[i&uint32(len(bigger)-1)] = *w.at(i)
	}
	w.ring = bigger
}

// arrived hands every frame that is due to the card at the far end.
func (w *wireDir) arrived() {
	now := w.net.sim.Now()
	for w.head != w.tail && w.at(w.head).arrives <= now {
		f := *w.at(w.head)
		if w.waiting == w.head {
			w.waiting++
		}
		w.head++
		w.to.receive(w.net.frames.of(f.frame)[:f.n])
		w.net.frames.release(f.frame)
	}
	if w.head != w.tail {
		w.net.sim.At(w.at(w.head).arrives, w.arrive, 0)
	}
}
