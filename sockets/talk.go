package sockets

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets/wire"
)

// Talk is what two hosts sent each other, and what became of it, ready to draw
// as a ladder.
type Talk struct {
	left, right string
	said        []saying
	notes       []note
}

// saying is a segment of a talk.
type saying struct {
	fromLeft      bool
	sent, arrived time.Duration
	what, lost    string
}

// note is what happened at one end, besides segments.
type note struct {
	left bool
	at   time.Duration
	text string
}

// spoken is by what a segment is known again at the other end.
type spoken struct {
	flow     wire.FiveTuple
	seq, ack uint32
	flags    wire.Flags
	len      int
}

// hearing is a tape that is being read for a talk.
type hearing struct {
	talk  Talk
	under map[spoken][]int // segments under way, oldest first
	here  map[spoken]int   // the last such segment that arrived
	isn   map[wire.FiveTuple]uint32
}

// Talk is the TCP segments that two hosts sent each other: when each left its
// card and when it reached the other's ring, or what dropped it. Sequence
// numbers count from each side's SYN, which is 0. The states of both ends stand
// beside it as notes.
func (t *Tape) Talk(left, right *Host) Talk {
	h := hearing{Talk{left: left.name, right: right.name}, map[spoken][]int{}, map[spoken]int{}, map[wire.FiveTuple]uint32{}}
	for _, e := range t.events {
		if e.Flow.Proto == wire.ProtoTCP || e.Station == StationDrop {
			h.event(e)
		}
	}
	return h.talk
}

func (h *hearing) event(e Event) {
	at, mine := time.Duration(e.At), e.Host == h.talk.left || e.Host == h.talk.right
	key := spoken{e.Flow, e.Seq, e.Ack, e.Flags, e.Len}
	switch {
	case e.Station == StationTx && mine:
		if _, ok := h.isn[e.Flow]; !ok {
			h.isn[e.Flow] = e.Seq
		}
		h.under[key] = append(h.under[key], len(h.talk.said))
		h.talk.said = append(h.talk.said, saying{e.Host == h.talk.left, at, 0, h.words(e), underWay})
	case e.Station == StationDMA && mine:
		if i := h.heard(key); i >= 0 {
			h.talk.said[i].arrived, h.talk.said[i].lost, h.here[key] = at, "", i
		}
	case e.Station == StationDrop:
		if i := h.missed(e, key); i >= 0 {
			h.talk.said[i].lost = e.Text
		}
	case e.Station == StationState && mine && e.Flow.DstPort != 0:
		if _, to, ok := strings.Cut(e.Text, " -> "); ok {
			state, _, _ := strings.Cut(to, " ")
			h.talk.notes = append(h.talk.notes, note{e.Host == h.talk.left, at, state})
		}
	}
}

// heard takes the oldest of such segments off the wire; -1 if there is none.
func (h *hearing) heard(key spoken) int {
	u := h.under[key]
	if len(u) == 0 {
		return -1
	}
	h.under[key] = u[1:]
	return u[0]
}

// missed finds the segment that an event drops: one on the wire, else one that
// has arrived and that IP or TCP did not want. Of a frame that was damaged on
// the wire nothing can be trusted; wires keep their order, so it is the oldest.
func (h *hearing) missed(e Event, key spoken) int {
	if strings.Contains(e.Text, "rx_crc_errors") {
		for i, s := range h.talk.said {
			if s.lost == underWay && s.fromLeft == (e.Host == h.talk.right) {
				for k, u := range h.under {
					if len(u) > 0 && u[0] == i {
						h.under[k] = u[1:]
					}
				}
				return i
			}
		}
		return -1
	}
	if i := h.heard(key); i >= 0 {
		return i
	}
	if i, ok := h.here[key]; ok {
		return i
	}
	return -1
}

// underWay is what became of a segment of which the tape tells no more.
const underWay = "still under way"

// words are a segment in a few of them.
func (h *hearing) words(e Event) string {
	what := fmt.Sprintf("%s seq %d", flagWords(e.Flags), e.Seq-h.isn[e.Flow])
	if back, ok := h.isn[e.Flow.Reverse()]; ok {
		what += fmt.Sprintf(" ack %d", e.Ack-back)
	}
	if e.Len > 0 {
		what += fmt.Sprintf(" len %d", e.Len)
	}
	return what
}

// flagWords spells flags out. ACK is said where there is nothing else to say,
// and of a SYN-ACK.
func flagWords(f wire.Flags) string {
	var out []string
	for _, x := range [...]struct {
		bit  wire.Flags
		name string
	}{{wire.SYN, "SYN"}, {wire.FIN, "FIN"}, {wire.RST, "RST"}, {wire.PSH, "PSH"}, {wire.ACK, "ACK"}} {
		if f&x.bit != 0 && (x.bit != wire.ACK || out == nil || out[0] == "SYN") {
			out = append(out, x.name)
		}
	}
	return strings.Join(out, " ")
}

// Between is the part of a talk that was sent from one instant to another, both
// since the start of the run, for a picture of what matters.
func (t Talk) Between(from, to time.Duration) Talk {
	part := Talk{left: t.left, right: t.right}
	for _, s := range t.said {
		if s.sent >= from && s.sent <= to {
			part.said = append(part.said, s)
		}
	}
	for _, n := range t.notes {
		if n.at >= from && n.at <= to {
			part.notes = append(part.notes, n)
		}
	}
	return part
}

// Len is the number of segments.
func (t Talk) Len() int { return len(t.said) }

// Ends is what the two hosts are called.
func (t Talk) Ends() (left, right string) { return t.left, t.right }

// Segment is segment i: who sent it, when it was sent and when it arrived, what
// it is, and what it was lost by, "" if it was not.
func (t Talk) Segment(i int) (fromLeft bool, sent, arrived time.Duration, what, lost string) {
	s := t.said[i]
	return s.fromLeft, s.sent, s.arrived, s.what, s.lost
}

// Notes is the number of notes.
func (t Talk) Notes() int { return len(t.notes) }

// Note is note i: at which end, when, and what.
func (t Talk) Note(i int) (left bool, at time.Duration, text string) {
	n := t.notes[i]
	return n.left, n.at, n.text
}

// Way is the way of a host's end through TCP's states, ready to draw.
type Way struct {
	name  string
	steps []wayStep
}

type wayStep struct {
	state, why string
	at         time.Duration
}

// Way is the states that a host's connections went through, in order of time.
// It is meant for a tape with one connection: others are mixed in.
func (t *Tape) Way(h *Host) Way {
	w := Way{name: h.name}
	for _, e := range t.events {
		from, to, ok := strings.Cut(e.Text, " -> ")
		if e.Station != StationState || e.Host != h.name || !ok {
			continue
		}
		state, why, _ := strings.Cut(to, " (")
		// A half-open connection is told of when it is a whole one.
		if n := len(w.steps); n == 0 || w.steps[n-1].state != from {
			w.steps = append(w.steps, wayStep{state: from, at: time.Duration(e.At)})
		}
		w.steps = append(w.steps, wayStep{state, strings.TrimSuffix(why, ")"), time.Duration(e.At)})
	}
	return w
}

// Name is whose way it is.
func (w Way) Name() string { return w.name }

// Len is the number of states.
func (w Way) Len() int { return len(w.steps) }

// Step is state i: its name, when it was reached, and why.
func (w Way) Step(i int) (state string, at time.Duration, why string) {
	s := w.steps[i]
	return s.state, s.at, s.why
}
