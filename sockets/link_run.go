package sockets

import (
	"fmt"
	"math"
)

// LinkStats count what happened between the two cards of one direction. A frame
// that was sent is received, on its way, or in one of Lost and Cut; a frame that
// was duplicated is received twice.
type LinkStats struct {
	Lost       uint64 // by chance, or because Lose named it
	Cut        uint64 // on the wire when the link went down
	Duplicated uint64
	Reordered  uint64
	Corrupted  uint64 // bits flipped on the wire: rx_crc_errors of the far card
	Flipped    uint64 // bits flipped in a switch
	Marked     uint64 // "congestion experienced", by CEThreshold
}

// BitFlip is one bit of a frame. Byte counts from the first byte of the
// Ethernet header, which is 0, or from the end: the last byte is -1. Bit 0 is
// the byte's least.
type BitFlip struct {
	Byte int
	Bit  uint8
}

// An accident is planned for one frame.
type accident struct {
	fate  fate
	flips []BitFlip
}

// Lose loses single frames that from is going to send over the link, and no
// others: frame 1 is the next one. It is how a story loses just this segment.
// A *[LimitError] says what cannot be.
func (l *Link) Lose(from *Host, frames ...int) error {
	return l.planned(from, accident{fate: fateLost}, frames...)
}

// Twice lets single frames from sends arrive twice, numbered as for Lose.
func (l *Link) Twice(from *Host, frames ...int) error {
	return l.planned(from, accident{fate: fateTwice}, frames...)
}

// Corrupt flips bits of single frames on the wire, numbered as for Lose: their
// check sequence will be wrong.
func (l *Link) Corrupt(from *Host, frames ...int) error {
	return l.planned(from, accident{fate: fateCorrupt}, frames...)
}

// Flip flips just these bits of one frame in the memory of a switch, which
// sends it on with a fresh check sequence. The frame is numbered as for Lose.
func (l *Link) Flip(from *Host, frame int, bits ...BitFlip) error {
	if len(bits) == 0 {
		return &LimitError{"bits", "none", "at least one"}
	}
	for _, b := range bits {
		if b.Bit > 7 || b.Byte < -65550 || b.Byte > 65550 {
			return &LimitError{"bits", b, "Bit 0 to 7 of a byte of the frame"}
		}
	}
	return l.planned(from, accident{fate: fateFlip, flips: append([]BitFlip(nil), bits...)}, frame)
}

// planned notes what is to happen to frames of one direction.
func (l *Link) planned(from *Host, a accident, frames ...int) error {
	w, err := l.way(from)
	if err != nil {
		return err
	}
	f := w.spoil(LinkOptions{})
	for _, k := range frames {
		if k < 1 || k > math.MaxInt32 {
			return &LimitError{"frame", k, fmt.Sprintf("1, the next one, to %d", math.MaxInt32)}
		}
		if f.plan == nil {
			f.plan = map[uint32]accident{}
		}
		was := f.plan[f.sent+uint32(k)]
		f.plan[f.sent+uint32(k)] = accident{was.fate | a.fate, append(was.flips, a.flips...)}
	}
	return nil
}

// way is the direction in which a host sends.
func (l *Link) way(from *Host) (*wireDir, error) {
	switch {
	case l.a != nil && from == l.a.host:
		return l.a.tx, nil
	case l.b != nil && from == l.b.host:
		return l.b.tx, nil
	}
	return nil, &LimitError{"host", from, "one of the two the link joins"}
}

// Stats is what has happened so far to the frames one host sent over the link;
// zero for any other host.
func (l *Link) Stats(from *Host) LinkStats {
	w, err := l.way(from)
	if err != nil {
		return LinkStats{}
	}
	var o LinkStats
	if w.faults != nil {
		o = w.faults.stats
	}
	o.Marked = w.marked
	return o
}

// Down pulls the cable, or `ip link set down` at the far switch: both cards lose
// the carrier. Frames on the wire are lost, those that wait for it are dropped
// (tx_carrier_errors), those sent from now on too (tx_dropped). Addresses and
// routes stay, so programs notice by timeouts only.
func (l *Link) Down() { l.carrier(false) }

// Up plugs it in again.
func (l *Link) Up() { l.carrier(true) }

// IsUp reports whether the cards see a carrier. A link is born up.
func (l *Link) IsUp() bool { return l.a == nil || l.a.tx.faults == nil || !l.a.tx.faults.down }

func (l *Link) carrier(up bool) {
	if l.a == nil || up == l.IsUp() {
		return
	}
	for _, c := range []*nic{l.a, l.b} {
		w := c.tx
		w.spoil(LinkOptions{}).down = !up
		if t := l.net.tape; t != nil {
			state := "link is up, carrier found"
			if !up {
				state = "link is down, carrier lost"
			}
			t.add(Event{Host: c.host.name, Station: StationLink, Text: c.name + ": " + state})
		}
		if !up {
			w.cut()
		}
	}
}

// cut takes what waits out of the row, and marks what is on the wire: it will
// not arrive.
func (w *wireDir) cut() {
	w.look()
	if w.waiting != w.tail {
		w.free, w.freePs = w.at(w.waiting).leaves, 0
	}
	for i := w.waiting; i != w.tail; i++ {
		w.from.host.stats.TxCarrierErrors++
		w.from.count.txCarrier++
		w.lose(*w.at(i), "the link went down before it was sent: tx_carrier_errors")
	}
	w.tail, w.bytes = w.waiting, 0
	for i := w.head; i != w.tail; i++ {
		w.at(i).fate |= fateCut
	}
	w.faults.aside.each(func(_ uint32, g *flight) {
		if g.frame != 0 {
			g.fate |= fateCut
		}
	})
	if w.head == w.tail && w.next != 0 {
		w.net.sim.Cancel(w.next)
		w.next = 0
	}
}
