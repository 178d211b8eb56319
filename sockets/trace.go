package sockets

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Station is a place on the path of a packet or a call, where something
// happened.
type Station uint8

// The stations, in the order in which a segment meets them: down from a
// write, over the wire, and up to a read.
const (
	StationSyscall Station = iota // a system call returned
	StationCopyIn                 // write copied bytes into the send buffer
	StationOut                    // TCP built a segment, IP a packet
	StationTx                     // the driver gave the frame to the card
	StationDMA                    // the receiving card wrote it into the rx ring
	StationIRQ                    // the interrupt
	StationPoll                   // the driver polls the ring
	StationIP                     // IP: whole, and mine
	StationLookup                 // TCP asked the lookup table whose it is
	StationState                  // a connection changed its state
	StationQueue                  // a SYN queue or an accept queue changed
	StationReceive                // the segment was queued in the receive queue
	StationWake                   // a sleeping program was woken
	StationCopyOut                // read copied bytes to the program
	StationSleep                  // a program went to sleep
	StationTimer                  // a timer ran out
	StationDrop                   // something was dropped; the text has the counter
	StationLink                   // a link went down or came up
)

var stationNames = [...]string{"syscall", "copy in", "tcp out", "driver tx", "rx ring (DMA)", "interrupt", "driver poll",
	"ip", "lookup", "state", "queue", "receive queue", "wake-up", "copy out", "sleep", "timer", "drop", "link"}

func (s Station) String() string { return stationNames[s] }

// Event is one entry of the tape: one floor crossed.
type Event struct {
	At      sim.Time
	Host    string
	Station Station
	PID     int            // of a call, a copy, a sleep or a wake-up
	Flow    wire.FiveTuple // of a segment, in its direction
	Seq     uint32
	Ack     uint32
	Flags   wire.Flags
	Window  uint16
	Len     int    // bytes of payload, or bytes copied
	N       int    // length of a queue, after
	Errno   Errno  // of a system call
	Text    string // the rest, in words
}

// Tape is what happened, in order. Same seed, same tape.
type Tape struct {
	net    *Network
	events []Event
	limit  int
	lost   int // events beyond the limit
}

// tapeLimit bounds a tape: an event is some 100 bytes, so this is 200 MB.
const tapeLimit = 2_000_000

func newTape() *Tape { return &Tape{limit: tapeLimit} }

func (t *Tape) add(e Event) {
	if len(t.events) >= t.limit {
		t.lost++
		return
	}
	e.At = t.net.sim.Now()
	t.events = append(t.events, e)
}

// Events is a copy of the tape.
func (t *Tape) Events() []Event { return append([]Event(nil), t.events...) }

// Len is how many events the tape has.
func (t *Tape) Len() int { return len(t.events) }

// frame records a frame at a station.
func (t *Tape) frame(h *Host, at Station, frame []byte, text string) {
	var ip wire.IPv4
	var tcp wire.TCP
	e := Event{Host: h.name, Station: at, Text: text}
	if payload, err := wire.ParseTCP4(frame, &ip, &tcp); err == nil {
		e.Flow = wire.FiveTuple{Proto: wire.ProtoTCP, Src: ip.Src, Dst: ip.Dst, SrcPort: tcp.SrcPort, DstPort: tcp.DstPort}
		e.Seq, e.Ack, e.Flags, e.Window, e.Len = tcp.Seq, tcp.Ack, tcp.Flags, tcp.Window, len(payload)
	}
	t.add(e)
}

func (t *Tape) segment(h *Host, at Station, g *segment, text string) Event {
	return Event{Host: h.name, Station: at, Text: text,
		Flow: wire.FiveTuple{Proto: wire.ProtoTCP, Src: g.ip.Src, Dst: g.ip.Dst, SrcPort: g.tcp.SrcPort, DstPort: g.tcp.DstPort},
		Seq:  g.tcp.Seq, Ack: g.tcp.Ack, Flags: g.tcp.Flags, Window: g.tcp.Window, Len: int(g.len)}
}

func (t *Tape) lookup(h *Host, g *segment, ref uint32) {
	text := "five-tuple found: "
	switch {
	case ref&requestRef != 0:
		text += "a half-open connection"
	case ref != 0:
		text += "the socket in " + h.socks.at(ref).state.String()
	default:
		text = "no connection; "
		if li := h.listenerAt(g.ip.Dst, g.tcp.DstPort, 0); li != 0 {
			text += "listener " + h.local(h.socks.at(li)).String()
		} else {
			text += "no listener: RST"
		}
	}
	t.add(t.segment(h, StationLookup, g, text))
}

func (t *Tape) received(h *Host, s *sock, g *segment, q *traffic) {
	e := t.segment(h, StationReceive, g, itoa(int(q.rcvBytes))+" bytes unread, none copied")
	e.N = int(q.rcvBytes)
	t.add(e)
}

func (t *Tape) copied(h *Host, p *Process, s *sock, n int, call string) {
	e := Event{Host: h.name, Station: StationCopyOut, PID: p.pidOf(), Len: n, Text: call + " copied " + itoa(n) + " bytes"}
	e.Flow = wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.raddr, Dst: s.laddr, SrcPort: s.rport, DstPort: s.lport}
	if call == "write" {
		e.Station, e.Flow = StationCopyIn, e.Flow.Reverse()
	}
	t.add(e)
}

func (t *Tape) state(h *Host, i uint32, s *sock, to State, why string) {
	e := Event{Host: h.name, Station: StationState, Text: s.state.String() + " -> " + to.String() + " (" + why + ")"}
	e.Flow = wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.laddr, Dst: s.raddr, SrcPort: s.lport, DstPort: s.rport}
	t.add(e)
}

func (t *Tape) queue(h *Host, li uint32, name string, n, backlog int, from SockAddr) {
	ls := h.socks.at(li)
	e := Event{Host: h.name, Station: StationQueue, N: n, Text: name + " " + itoa(n) + ", backlog " + itoa(backlog)}
	e.Flow = wire.FiveTuple{Proto: wire.ProtoTCP, Src: from.ip4(), Dst: ls.laddr, SrcPort: from.Port, DstPort: ls.lport}
	t.add(e)
}

func (t *Tape) queueDrop(h *Host, i uint32, g *segment, why string) {
	t.add(t.segment(h, StationDrop, g, why))
}

func (t *Tape) retransmit(h *Host, s *sock, q *traffic) {
	e := Event{Host: h.name, Station: StationTimer, Text: "no acknowledgement: retransmission " + itoa(int(q.retries)) +
		", next timeout " + (time.Duration(q.rto) * time.Microsecond).String()}
	e.Flow = wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.laddr, Dst: s.raddr, SrcPort: s.lport, DstPort: s.rport}
	t.add(e)
}

// trace puts a line about the process on the tape.
func (p *Process) trace(text string, err error) {
	if t := p.host.net.tape; t != nil {
		t.add(Event{Host: p.host.name, Station: StationSyscall, PID: p.pid, Text: text})
	}
}

// traceRet puts a system call with its result on the tape, as strace prints
// it.
func (p *Process) traceRet(call string, ret int, e Errno) {
	text := call + " = " + itoa(ret)
	if e != 0 {
		text = call + " = -1 " + e.Error()
	}
	p.host.net.tape.add(Event{Host: p.host.name, Station: StationSyscall, PID: p.pid, Errno: e, Text: text})
}

// String is one line for each event.
func (t *Tape) String() string {
	var b strings.Builder
	for i := range t.events {
		b.WriteString(t.events[i].String())
		b.WriteByte('\n')
	}
	if t.lost > 0 {
		fmt.Fprintf(&b, "… and %d events more, beyond the tape's %d\n", t.lost, t.limit)
	}
	return b.String()
}

// String is time, host, station, and what happened:
//
//	0.000025067 server  rx ring (DMA)  10.0.0.2.39526 > 10.0.0.1.80: Flags [S], seq 1, win 64240, length 0  eth0: rx ring holds 1 of 1024
func (e Event) String() string {
	s := fmt.Sprintf("%v %-8s %-14s ", e.At, e.Host, e.Station)
	if e.Station == StationSyscall {
		return s + "[" + itoa(e.PID) + "] " + e.Text
	}
	if e.Flow.Proto != 0 && e.Flags != 0 {
		s += e.tcpdump() + "  "
	} else if e.Flow.SrcPort != 0 {
		s += dotted(e.Flow.Src, e.Flow.SrcPort) + " > " + dotted(e.Flow.Dst, e.Flow.DstPort) + "  "
	}
	return strings.TrimRight(s+e.Text, " ")
}

// tcpdump prints a segment as tcpdump -S does.
func (e Event) tcpdump() string {
	s := dotted(e.Flow.Src, e.Flow.SrcPort) + " > " + dotted(e.Flow.Dst, e.Flow.DstPort) + ": Flags [" + e.Flags.String() + "]"
	if e.Len > 0 {
		s += fmt.Sprintf(", seq %d:%d", e.Seq, e.Seq+uint32(e.Len))
	} else if e.Flags&(wire.SYN|wire.FIN|wire.RST) != 0 {
		s += fmt.Sprintf(", seq %d", e.Seq)
	}
	if e.Flags&wire.ACK != 0 {
		s += fmt.Sprintf(", ack %d", e.Ack)
	}
	return s + fmt.Sprintf(", win %d, length %d", e.Window, e.Len)
}

func dotted(a wire.Addr4, port uint16) string { return a.String() + "." + itoa(int(port)) }

// Filter is the tape reduced to the events keep wants.
func (t *Tape) Filter(keep func(Event) bool) *Tape {
	u := &Tape{net: t.net, limit: t.limit}
	for _, e := range t.events {
		if keep(e) {
			u.events = append(u.events, e)
		}
	}
	return u
}

// Strace is the system calls of a process, as `strace --timestamps=unix,ns -p
// PID` shows them: results stand in column 40, or behind a longer call.
func (t *Tape) Strace(p *Process) string {
	const column = 40 // strace -a
	var b strings.Builder
	for _, e := range t.events {
		if e.Station != StationSyscall || e.PID != p.pid {
			continue
		}
		line := fmt.Sprintf("%v %s", e.At, e.Text)
		if k := strings.LastIndex(line, ") = "); k >= 0 {
			line = fmt.Sprintf("%-*s%s", column-1, line[:k+1], line[k+1:])
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Tcpdump is the segments a host sent and received, as
// `tcpdump -nn -S -ttttt` shows them.
func (t *Tape) Tcpdump(h *Host) string {
	var b strings.Builder
	for _, e := range t.events {
		if e.Host == h.name && (e.Station == StationTx || e.Station == StationDMA) {
			fmt.Fprintf(&b, "%v IP %s\n", e.At, e.tcpdump())
		}
	}
	return b.String()
}
