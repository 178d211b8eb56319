package sockets

import (
	"hash/crc32"
	"strings"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// GilbertElliott is loss in bursts: the wire is in a good or a bad state, and
// each frame may change it (E. N. Gilbert, Bell System Technical Journal 39,
// 1960; E. O. Elliott, 42, 1963; `tc qdisc … netem loss gemodel`). All four are
// shares, 0 to 1. A bad state lasts 1/ToGood frames on average, and in the long
// run ToBad/(ToBad+ToGood) of the frames meet it.
type GilbertElliott struct {
	ToBad    float64 // from good to bad
	ToGood   float64 // from bad to good
	LossGood float64 // of frames in the good state
	LossBad  float64 // of frames in the bad state. Zero: 1, all of them
}

// Loss is the share of frames lost in the long run.
func (g GilbertElliott) Loss() float64 {
	set(&g.LossBad, 1)
	if g.ToBad == 0 {
		return g.LossGood
	}
	return (g.ToGood*g.LossGood + g.ToBad*g.LossBad) / (g.ToBad + g.ToGood)
}

// fate is what happens to one frame on its way: one bit for each misfortune.
type fate uint8

const (
	fateNone fate = 0
	fateLost fate = 1 << (iota - 1)
	fateTwice
	fateLate
	fateCorrupt // bits flip, and the check sequence does not fit any more
	fateFlip    // bits flip, and the check sequence is made anew behind it
	fateCut     // the link went down meanwhile
)

// String says in words what is going to happen, "" where nothing is.
func (f fate) String() string {
	var words []string
	for k, word := range []string{"lost on the wire", "arrives twice", "is overtaken", "bits flip on the wire", "a bit flips in a switch"} {
		if f>>k&1 == 1 {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// faults is what goes wrong in one direction of a wire. A frame's fate is drawn
// when it is sent, in the order of sending, and met when it arrives: a frame
// that will be lost takes its place in the queue and its time on the wire.
type faults struct {
	o       LinkOptions
	bad     bool                // the state of o.Burst
	down    bool                // no signal on the wire
	sent    uint32              // frames sent since the first fault was set up
	plan    map[uint32]accident // by number of the frame
	aside   slab[flight]        // frames that are late
	late    sim.Handler
	scratch []byte
	stats   LinkStats

	jitter, loss, burst, twice, order, corrupt, flip, bits sim.Stream
}

// linkStreams is the first stream number of links. Those of a direction lie
// side by side; hosts have small ones, crowds those of host<<32.
const linkStreams = 1 << 24

// faulty reports whether anything can go wrong at all.
func (o LinkOptions) faulty() bool {
	o.Delay, o.Rate, o.Queue, o.QueueBytes, o.ReorderDelay, o.CEThreshold, o.MTU, o.ARP = 0, 0, 0, 0, 0, 0, 0, false
	return o != LinkOptions{}
}

// spoil makes a wire one on which things can go wrong.
func (w *wireDir) spoil(o LinkOptions) *faults {
	if w.faults == nil {
		f := &faults{o: o}
		for k, s := range []*sim.Stream{&f.jitter, &f.loss, &f.burst, &f.twice, &f.order, &f.corrupt, &f.flip, &f.bits} {
			*s = *w.net.sim.Stream(linkStreams + w.number<<4 + uint64(k))
		}
		set(&f.o.Burst.LossBad, 1)
		f.late = w.net.sim.Handle(func(i uint64) { f.overdue(w, uint32(i)) })
		w.faults = f
	}
	return w.faults
}

// befall draws the fate of a frame that is being sent. What is not asked for
// draws nothing.
func (f *faults) befall(w *wireDir, g *flight) {
	f.sent++
	if f.o.Jitter > 0 {
		// One that would overtake arrives with the frame before it: the row keeps
		// the order, as a queue along the way does.
		g.arrives = g.arrives.Add(time.Duration(f.jitter.IntN(int(f.o.Jitter) + 1)))
	}
	for _, c := range []struct {
		share  float64
		stream *sim.Stream
		fate   fate
	}{
		{f.o.Loss, &f.loss, fateLost}, {f.o.Duplicate, &f.twice, fateTwice}, {f.o.Reorder, &f.order, fateLate},
		{f.o.Corrupt, &f.corrupt, fateCorrupt}, {f.o.SwitchFlip, &f.flip, fateFlip},
	} {
		if c.share > 0 && c.stream.Bool(c.share) {
			g.fate |= c.fate
		}
	}
	if b := f.o.Burst; b.ToBad > 0 {
		loss, leave := b.LossGood, b.ToBad
		if f.bad {
			loss, leave = b.LossBad, b.ToGood
		}
		if f.burst.Bool(loss) {
			g.fate |= fateLost
		}
		if f.burst.Bool(leave) {
			f.bad = !f.bad
		}
	}
	if a, ok := f.plan[f.sent]; ok {
		g.nth, g.fate = f.sent, g.fate|a.fate
	}
}

// arrived lets a frame meet its fate.
func (f *faults) arrived(w *wireDir, g flight) {
	switch {
	case g.fate&fateCut != 0:
		f.stats.Cut++
		w.lose(g, "the link went down: lost on the wire")
		return
	case g.fate&fateLost != 0:
		f.stats.Lost++
		w.lose(g, "lost on the wire")
		return
	case g.fate&fateLate != 0:
		g.fate &^= fateLate
		f.stats.Reordered++
		i := f.aside.alloc()
		*f.aside.at(i) = g
		w.net.sim.After(f.o.ReorderDelay, f.late, uint64(i))
		return
	}
	f.deliver(w, g)
}

// overdue delivers a frame that others have overtaken.
func (f *faults) overdue(w *wireDir, i uint32) {
	g := *f.aside.at(i)
	f.aside.release(i)
	f.arrived(w, g)
}

// deliver hands a frame to the card, damaged or twice as its fate has it. Of a
// frame that arrives twice only the first is damaged.
func (f *faults) deliver(w *wireDir, g flight) {
	m := &w.net.frames
	twin := bufRef(0)
	if g.fate&fateTwice != 0 {
		twin = m.alloc(int(g.n))
		copy(m.of(twin), m.of(g.frame)[:g.n])
	}
	if g.fate&(fateCorrupt|fateFlip) == 0 {
		w.to.receive(g.frame, g.n, g.hint)
	} else {
		f.damage(w, g, m.of(g.frame)[:g.n])
	}
	if twin != 0 {
		f.stats.Duplicated++
		w.to.receive(twin, g.n, g.hint)
	}
}

// lose ends the way of a frame between the hosts.
func (w *wireDir) lose(g flight, why string) {
	if t := w.net.tape; t != nil {
		t.frame(w.from.host, StationDrop, w.net.frames.of(g.frame)[:g.n], w.from.name+": "+why)
	}
	w.net.frames.release(g.frame)
}

// damage flips bits of a frame, and lets the card see what has become of it:
// the frame, and whether its check sequence fits.
func (f *faults) damage(w *wireDir, g flight, frame []byte) {
	// A frame is padded to its least length before the check sequence is made.
	n := max(len(frame), minFrame)
	f.scratch = append(append(f.scratch[:0], frame...), make([]byte, n-len(frame)+fcsLen)...)
	b := f.scratch
	if g.fate&fateFlip != 0 {
		f.stats.Flipped++
		f.flips(g, b[:len(frame)])
	}
	putFCS(b)
	if g.fate&fateCorrupt != 0 {
		f.stats.Corrupted++
		for range 1 + f.bits.IntN(8) {
			k := f.bits.IntN(8 * len(b))
			b[k/8] ^= 1 << (k % 8)
		}
	}
	if !validFCS(b) {
		w.to.receiveBad(b[:len(frame)])
		w.net.frames.release(g.frame)
		return
	}
	copy(frame, b)
	w.to.receive(g.frame, g.n, g.hint)
}

// flips is what a switch's memory does to a frame: the flips planned for it, or
// one anywhere behind the Ethernet header (in front of it the frame would go
// astray, to a host that is not here).
func (f *faults) flips(g flight, frame []byte) {
	if a, ok := f.plan[g.nth]; ok && len(a.flips) > 0 {
		delete(f.plan, g.nth)
		for _, x := range a.flips {
			if k := x.Byte; k < 0 && -k <= len(frame) {
				frame[len(frame)+k] ^= 1 << x.Bit
			} else if k >= 0 && k < len(frame) {
				frame[k] ^= 1 << x.Bit
			}
		}
		return
	}
	if len(frame) > wire.EthernetLen {
		k := f.bits.IntN(8 * (len(frame) - wire.EthernetLen))
		frame[wire.EthernetLen+k/8] ^= 1 << (k % 8)
	}
}

// fcsLen is the length of the frame check sequence (IEEE 802.3 §3.2.9): the
// CRC-32 of all bytes before it. It is computed only where something was
// damaged; elsewhere it could only be right.
const fcsLen = 4

func putFCS(b []byte) {
	n := len(b) - fcsLen
	c := crc32.ChecksumIEEE(b[:n])
	b[n], b[n+1], b[n+2], b[n+3] = byte(c), byte(c>>8), byte(c>>16), byte(c>>24)
}

// validFCS divides frame and check sequence together: what is right leaves the
// same remainder always.
func validFCS(b []byte) bool {
	const residue = 0x2144df1c // of CRC-32 as IEEE 802.3 has it
	return crc32.ChecksumIEEE(b) == residue
}
