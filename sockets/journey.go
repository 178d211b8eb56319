package sockets

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Stop is one station on a segment's way, and who moved its bytes there.
type Stop struct {
	Station Station
	Host    string
	At      sim.Time
	Moved   int    // bytes moved at this station; 0: handed on by reference
	By      string // "CPU" or "NIC" (DMA), "" where nothing moved
}

// Journey is the way of one data segment from write to read.
type Journey []Stop

// Journey follows the n-th segment with data on the tape, counted from 0, from
// the write that put its bytes into the kernel to the read that took them out.
// It ends where the tape does, or where the segment was dropped; it is empty
// when there are not so many.
func (t *Tape) Journey(n int) Journey {
	out := t.dataSegment(n)
	if out < 0 {
		return nil
	}
	seg := t.events[out]
	var j Journey
	for i := out; i >= 0; i-- { // the write before it
		if e := t.events[i]; e.Station == StationCopyIn && e.Flow == seg.Flow {
			j = append(j, Stop{StationCopyIn, e.Host, e.At, e.Len, "CPU"})
			break
		}
	}
	j = append(j, Stop{StationOut, seg.Host, seg.At, 0, ""})
	for _, e := range t.events[out+1:] {
		mine := e.Flow == seg.Flow && (e.Seq == seg.Seq && e.Len == seg.Len || e.holds(seg.Seq))
		last := j[len(j)-1].Station
		switch {
		case e.Station == StationTx && mine && last == StationOut:
			j = append(j, Stop{e.Station, e.Host, e.At, e.size, "NIC"})
		case e.Station == StationDMA && mine && last == StationTx:
			j = append(j, Stop{e.Station, e.Host, e.At, e.size, "NIC"})
		case e.Station == StationIRQ && last == StationDMA && e.Host == j[len(j)-1].Host,
			e.Station == StationPoll && (last == StationIRQ || last == StationDMA) && e.Host == j[len(j)-1].Host,
			e.Station == StationGRO && mine && last == StationPoll,
			e.Station == StationIP && mine && (last == StationPoll || last == StationGRO),
			e.Station == StationLookup && mine && last == StationIP,
			e.Station == StationReceive && mine && last == StationLookup,
			e.Station == StationWake && last == StationReceive && e.Host == j[len(j)-1].Host && e.At == j[len(j)-1].At:
			j = append(j, Stop{e.Station, e.Host, e.At, 0, ""})
		case e.Station == StationDrop && mine:
			return append(j, Stop{e.Station, e.Host, e.At, 0, ""})
		case e.Station == StationCopyOut && sameFlow(e.Flow, seg.Flow) && (last == StationReceive || last == StationWake):
			return append(j, Stop{e.Station, e.Host, e.At, e.Len, "CPU"})
		}
	}
	return j
}

// holds reports whether an event's segment has the byte of that number in it:
// a card may have cut the segment (TSO), a driver put it together with others
// (GRO). Then it is the first byte's way that is followed.
func (e Event) holds(seq uint32) bool {
	return e.Flow.Proto == wire.ProtoTCP && seq-e.Seq < uint32(e.Len)
}

// sameFlow compares where a read got its bytes from with where a packet went. A
// UDP socket may be bound to every address of its host.
func sameFlow(read, sent wire.FiveTuple) bool {
	return read == sent || read.Proto == wire.ProtoUDP && read.Dst == 0 && read == (wire.FiveTuple{Proto: sent.Proto, Src: sent.Src, SrcPort: sent.SrcPort, DstPort: sent.DstPort})
}

// dataSegment is the index of the n-th segment with data, as TCP built it.
func (t *Tape) dataSegment(n int) int {
	for i, e := range t.events {
		if e.Station == StationOut && e.Len > 0 {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return -1
}

// On is the part of the journey on one host.
func (j Journey) On(host string) Journey {
	var part Journey
	for _, s := range j {
		if s.Host == host {
			part = append(part, s)
		}
	}
	return part
}

// Copies counts how often the bytes were moved: by a CPU, and by a card.
func (j Journey) Copies() (cpu, nic int) {
	for _, s := range j {
		switch s.By {
		case "CPU":
			cpu++
		case "NIC":
			nic++
		}
	}
	return cpu, nic
}

// Len is the number of stations.
func (j Journey) Len() int { return len(j) }

// Stop is station i as a picture wants it.
func (j Journey) Stop(i int) (station string, at time.Duration, moved int, by string) {
	return j[i].Station.String(), time.Duration(j[i].At), j[i].Moved, j[i].By
}

// String has a line for each station: when, how long after the one before,
// where, and who moved how many bytes.
func (j Journey) String() string {
	var b strings.Builder
	for i, s := range j {
		gap := time.Duration(0)
		if i > 0 {
			gap = s.At.Sub(j[i-1].At)
		}
		line := fmt.Sprintf("%v  +%-10v %-8s %-15s", s.At, gap, s.Host, s.Station)
		if s.Moved > 0 {
			line += fmt.Sprintf(" %s moves %d bytes", s.By, s.Moved)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
