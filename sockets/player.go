package sockets

import (
	"fmt"

	"socketbook/sockets/sim"
)

// Player moves through a run, forwards and backwards, one event at a time. The
// state after event k is the same however it was reached.
//
// Programs are coroutines and cannot be copied, so there is no going back: a
// Player that is sent backwards plays the run again, from its seed up to the
// event. In a run of a lesson's size that takes a few milliseconds.
//
// The [Network] of a Player is to be looked at, not to be driven.
type Player struct {
	replay  *Replay
	playing *playing
	length  int
	marks   []int // length of the tape after each event, as far as played
}

// Player returns a player of the run, before its first event. The run is
// played once, to see how long it is.
func (r *Replay) Player() (*Player, error) {
	copied := *r
	copied.values = append([]float64(nil), r.values...)
	p := &Player{replay: &copied}
	if err := p.rewind(); err != nil {
		return nil, err
	}
	if err := p.playing.toEnd(p.replay); err != nil {
		p.Close()
		return nil, err
	}
	p.length = p.Pos()
	return p, p.rewind()
}

// rewind sets the stage anew.
func (p *Player) rewind() error {
	next, err := p.replay.stage(nil, []Option{Record()})
	if err != nil {
		return err
	}
	p.Close()
	p.playing, p.marks = next, append(p.marks[:0], next.net.tape.Len())
	return nil
}

// Len is how many events the run has.
func (p *Player) Len() int { return p.length }

// Pos is how many of them have happened.
func (p *Player) Pos() int { return int(p.playing.net.sim.Fired()) }

// Seek goes to the state after event k, 0 for before the first. The error is a
// *[LimitError].
func (p *Player) Seek(k int) error {
	if k < 0 || k > p.length {
		return &LimitError{"event", k, fmt.Sprintf("0 to %d, the events of this run", p.length)}
	}
	if k < p.Pos() {
		if err := p.rewind(); err != nil {
			return err
		}
	}
	for p.Pos() < k {
		p.step()
	}
	return nil
}

func (p *Player) step() {
	p.playing.net.sim.Step()
	p.marks = append(p.marks, p.playing.net.tape.Len())
}

// Step lets the next event happen, and reports whether there was one.
func (p *Player) Step() bool {
	if p.Pos() == p.length {
		return false
	}
	p.step()
	return true
}

// Back takes the last event back, and reports whether there was one.
func (p *Player) Back() bool { return p.Pos() > 0 && p.Seek(p.Pos()-1) == nil }

// SeekTime goes to the last state at or before an instant of virtual time.
func (p *Player) SeekTime(at sim.Time) error {
	if at < p.playing.net.Now() {
		if err := p.rewind(); err != nil {
			return err
		}
	}
	for p.Pos() < p.length {
		if next, ok := p.playing.net.sim.Next(); !ok || next > at {
			break
		}
		p.step()
	}
	return nil
}

// SeekTape goes to the state after the event that put entry i on the tape,
// counted from 0 as [Tape.Events] has them.
func (p *Player) SeekTape(i int) error {
	if i >= 0 && i < p.marks[len(p.marks)-1] {
		k := 0
		for p.marks[k] <= i {
			k++
		}
		return p.Seek(k)
	}
	for i >= 0 && p.Step() {
		if p.marks[p.Pos()] > i {
			return nil
		}
	}
	return &LimitError{"tape entry", i, fmt.Sprintf("0 to %d, the entries of this run", p.marks[len(p.marks)-1]-1)}
}

// State is what the network is at this point of the run.
func (p *Player) State() Snapshot { return p.playing.net.Snapshot() }

// Happened is what the last event put on the tape. Before the first event it
// is what setting the stage did.
func (p *Player) Happened() []Event {
	k, from := p.Pos(), 0
	if k > 0 {
		from = p.marks[k-1]
	}
	return append([]Event(nil), p.playing.net.tape.events[from:]...)
}

// Network is the network at this point, until the next move.
func (p *Player) Network() *Network { return p.playing.net }

// Replay is the string of the run.
func (p *Player) Replay() string { return p.replay.String() }

// Close ends the programs of the run.
func (p *Player) Close() {
	if p.playing != nil {
		p.playing.net.Close()
	}
}
