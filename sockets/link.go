package sockets

import (
	"fmt"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// LinkOptions describe one direction of a wire: what it is made of, and what
// goes wrong on it. [Network.NewLink] takes them for both directions. The zero
// value is a perfect wire, and a perfect wire draws no random number.
//
// A share is a probability for each frame, 0 to 1. Every effect of every
// direction has a random stream of its own, so a change of one does not shift
// the luck of another.
type LinkOptions struct {
	// Delay is the time a signal takes from end to end. Zero: none.
	Delay time.Duration

	// Jitter is added to Delay, anew for each frame: uniform from 0 to Jitter.
	// It stands for queues along the way, so frames keep their order.
	Jitter time.Duration

	// Rate of the wire, in bits per second, 1000 or more. Zero: a frame takes no
	// time to leave.
	Rate int64

	// Queue is how many frames may wait for the wire in front of each end
	// before the next is dropped (TxDropped). Default 1000: net/ethernet/eth.c
	// ether_setup, DEFAULT_TX_QUEUE_LEN; `ip link` shows it as qlen.
	Queue int

	// QueueBytes bounds the same queue in bytes of frames, as `tc qdisc add …
	// bfifo limit` does. Zero: only Queue bounds it.
	QueueBytes int

	// CEThreshold marks a packet that is going to wait longer for the wire with
	// "congestion experienced", if its ends understand that (RFC 3168 §5), as
	// `tc qdisc … fq_codel ce_threshold` does. Zero, as there: it marks none.
	CEThreshold time.Duration

	// Loss is the share of frames the wire loses, each on its own. Burst loses
	// frames in bursts; with both, a frame has to survive both.
	Loss  float64
	Burst GilbertElliott

	// Duplicate is the share of frames that arrive twice.
	Duplicate float64

	// Reorder is the share of frames that arrive ReorderDelay later than they
	// should, so that those behind them overtake.
	Reorder      float64
	ReorderDelay time.Duration

	// Corrupt is the share of frames in which one to eight bits flip on the
	// wire. The receiving card finds the frame check sequence wrong and drops
	// the frame (rx_crc_errors).
	Corrupt float64

	// SwitchFlip is the share of frames in which one bit flips in the memory of
	// a switch on the way. The switch sends the frame on with a fresh check
	// sequence, so no card notices: the checksum of IP, TCP or UDP has to.
	SwitchFlip float64

	// MTU is how long a packet may be that leaves here, in bytes: 576 to 65535.
	// Default 1500: Ethernet's, net/ethernet/eth.c ether_setup.
	MTU int

	// ARP lets the hosts ask for each other's card (ARP, neighbour discovery).
	// Without it they know from the start: see neigh.go and [Host.Neighbours].
	ARP bool
}

// LAN is a wire in a machine room: 10 Gbit/s, 25 µs from end to end.
var LAN = LinkOptions{Delay: 25 * time.Microsecond, Rate: 10_000_000_000}

func (o LinkOptions) validate() error {
	for _, c := range []struct {
		field string
		value time.Duration
	}{{"Delay", o.Delay}, {"Jitter", o.Jitter}, {"ReorderDelay", o.ReorderDelay}, {"CEThreshold", o.CEThreshold}} {
		if c.value < 0 || c.value > maxTime {
			return &LimitError{c.field, c.value, fmt.Sprintf("0 to %v", maxTime)}
		}
	}
	if o.Rate != 0 && (o.Rate < minRate || o.Rate > maxRate) {
		return &LimitError{"Rate", o.Rate, fmt.Sprintf("%d to %d bit/s, or 0 for no limit", minRate, int64(maxRate))}
	}
	if o.Queue < 0 || o.Queue > maxQueue {
		return &LimitError{"Queue", o.Queue, fmt.Sprintf("0 to %d frames", maxQueue)}
	}
	if o.QueueBytes < 0 || o.QueueBytes > maxQueueBytes {
		return &LimitError{"QueueBytes", o.QueueBytes, fmt.Sprintf("0 to %d bytes", maxQueueBytes)}
	}
	for _, c := range []struct {
		field string
		share float64
	}{{"Loss", o.Loss}, {"Burst.ToBad", o.Burst.ToBad}, {"Burst.ToGood", o.Burst.ToGood}, {"Burst.LossGood", o.Burst.LossGood},
		{"Burst.LossBad", o.Burst.LossBad}, {"Duplicate", o.Duplicate}, {"Reorder", o.Reorder}, {"Corrupt", o.Corrupt}, {"SwitchFlip", o.SwitchFlip}} {
		if !(c.share >= 0 && c.share <= 1) {
			return &LimitError{c.field, c.share, "0 to 1"}
		}
	}
	switch {
	case o.Reorder > 0 && o.ReorderDelay == 0:
		return &LimitError{"ReorderDelay", o.ReorderDelay, "more than 0 where Reorder is"}
	case o.Burst != GilbertElliott{} && (o.Burst.ToBad == 0 || o.Burst.ToGood == 0):
		return &LimitError{"Burst", o.Burst, "ToBad and ToGood more than 0, or nothing of it"}
	case o.MTU != 0 && (o.MTU < minMTU || o.MTU > maxMTU):
		return &LimitError{"MTU", o.MTU, fmt.Sprintf("%d to %d bytes, or 0 for Ethernet's 1500", minMTU, maxMTU)}
	}
	return nil
}

const (
	minRate       = 1000              // a full queue of large frames leaves before the clock ends
	maxRate       = 8_000_000_000_000 // 8 Tbit/s: a picosecond and more for each byte
	maxQueue      = 1 << 20
	maxQueueBytes = 1 << 36 // maxQueue frames of the largest size

	minMTU = 576   // what every host takes in one piece: RFC 791 §3.2; IPv6 needs 1280
	maxMTU = 65535 // of an IPv4 packet
)

// A Link joins two hosts. Each end is a network card.
type Link struct {
	net  *Network
	a, b *nic
}

// NewLink joins two hosts by a wire that is alike both ways, with a new network
// card at each end. A *[LimitError] goes to [Network.Err].
func (n *Network) NewLink(a, b *Host, o LinkOptions) *Link {
	return n.NewAsymmetricLink(a, b, o, o)
}

// NewAsymmetricLink is [Network.NewLink] with a wire of its own for each
// direction, from a to b and back, as on a line to a home.
func (n *Network) NewAsymmetricLink(a, b *Host, ab, ba LinkOptions) *Link {
	for _, o := range []*LinkOptions{&ab, &ba} {
		if err := o.validate(); err != nil {
			n.fail(err)
			*o = LinkOptions{}
		}
		set(&o.Queue, 1000)
		set(&o.MTU, 1500)
	}
	l := &Link{net: n}
	if a == nil || b == nil || a == b || a.net != n || b.net != n {
		n.fail(&LimitError{"link", "between these hosts", "two different hosts of this network"})
		return l
	}
	l.a, l.b = newNIC(a), newNIC(b)
	l.a.peer, l.b.peer = l.b, l.a
	l.a.shape(ab)
	l.b.shape(ba)
	l.a.tx = newWire(l.a, l.b, ab)
	l.b.tx = newWire(l.b, l.a, ba)
	n.newDevice(l.a)
	n.newDevice(l.b)
	n.links = append(n.links, l)
	for k, w := range []*wireDir{l.a.tx, l.b.tx} {
		w.number = uint64(2*len(n.links) + k)
		if o := [2]LinkOptions{ab, ba}[k]; o.faulty() {
			w.spoil(o)
		}
	}
	return l
}

// wireDir is one direction of a wire: a first-in first-out row of frames, of
// which the first few are on the wire and the rest wait for it. One event is
// pending for the whole row, the arrival of its first frame. (door 1)
//
//	       arrives next                 leaves next           newest
//	ring:  [head ...... on the wire ......][waiting ......... tail)
type wireDir struct {
	net       *Network
	from, to  *nic
	number    uint64 // of this direction, among all links' (its random streams)
	delay     time.Duration
	psByte    int64 // picoseconds a byte takes: 800 at 10 Gbit/s
	rate      int64 // bits per second, 0: no limit
	limit     uint32
	byteLimit int      // 0: none
	threshold sim.Time // of CEThreshold, 0: none
	marked    uint64
	arrive    sim.Handler
	next      sim.Timer // the pending arrival
	free      sim.Time  // the wire is taken until then …
	freePs    int64     // … and this many picoseconds
	ring      []flight  // a power of two long
	head      uint32
	waiting   uint32 // first frame that had not begun to leave when last looked
	tail      uint32
	bytes     int     // of the frames that wait
	faults    *faults // what goes wrong; nil: nothing
	taps      []tap   // who captures what enters here
}

type flight struct {
	leaves, arrives sim.Time
	hint            hint
	frame           bufRef
	n               uint32
	nth             uint32 // its number, if something is planned for it
	fate            fate
}

// wireOverhead is what Ethernet adds to the bytes of a frame on the wire:
// preamble and start 8, FCS 4, gap 12 (IEEE 802.3). Frames are padded to 60.
const (
	wireOverhead = 24
	minFrame     = 60
)

func newWire(from, to *nic, o LinkOptions) *wireDir {
	n := from.host.net
	w := &wireDir{net: n, from: from, to: to, delay: o.Delay, rate: o.Rate, limit: uint32(o.Queue), byteLimit: o.QueueBytes, threshold: sim.Time(o.CEThreshold), ring: make([]flight, 16)}
	if o.Rate > 0 {
		w.psByte = 8_000_000_000_000 / o.Rate
	}
	w.arrive = n.sim.Handle(func(uint64) { w.arrived() })
	return w
}

// look counts again which frames still wait for the wire.
func (w *wireDir) look() {
	now := w.net.sim.Now()
	for w.waiting != w.tail && w.at(w.waiting).leaves <= now {
		w.bytes -= int(w.at(w.waiting).n)
		w.waiting++
	}
}

// send puts a frame in the row. It answers why not, if there is no room.
func (w *wireDir) send(frame bufRef, n int) (refused string) {
	w.look()
	if w.tail-w.waiting >= w.limit || w.byteLimit > 0 && w.bytes+n > w.byteLimit {
		return "transmit queue full"
	}
	if w.faults != nil && w.faults.down {
		return "link down, no carrier"
	}
	now := w.net.sim.Now()
	if w.free < now {
		w.free, w.freePs = now, 0
	}
	f := flight{leaves: w.free, frame: frame, n: uint32(n), hint: w.from.host.hint}
	ps := int64(max(n, minFrame)+wireOverhead)*w.psByte + w.freePs
	w.free, w.freePs = w.free+sim.Time(ps/1000), ps%1000
	f.arrives = w.free.Add(w.delay)
	if w.threshold > 0 && f.leaves-now > w.threshold && setCE(w.net.frames.of(frame)[:n]) {
		w.marked++
	}
	if w.faults != nil {
		w.faults.befall(w, &f)
	}
	if w.taps != nil {
		w.net.captured(w.taps, wire.PcapngOutbound, w.net.frames.of(frame)[:n], f.fate.String())
	}
	if w.tail-w.head == uint32(len(w.ring)) {
		w.grow()
	}
	*w.at(w.tail) = f
	w.tail++
	w.bytes += n
	if w.tail-w.head == 1 {
		w.next = w.net.sim.At(f.arrives, w.arrive, 0)
	}
	return ""
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
			w.bytes -= int(f.n)
			w.waiting++
		}
		w.head++
		if f.fate != fateNone {
			w.faults.arrived(w, f)
			continue
		}
		w.to.receive(f.frame, f.n, f.hint)
	}
	w.next = 0
	if w.head != w.tail {
		w.next = w.net.sim.At(w.at(w.head).arrives, w.arrive, 0)
	}
}
