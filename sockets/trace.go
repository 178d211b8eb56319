package sockets

import (
	"fmt"
	"net/netip"
	"strconv"
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
	StationGRO                    // the driver put frames together
)

var stationNames = [...]string{"syscall", "copy in", "tcp out", "driver tx", "rx ring (DMA)", "interrupt", "driver poll",
	"ip", "lookup", "state", "queue", "receive queue", "wake-up", "copy out", "sleep", "timer", "drop", "link", "gro"}

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

	packet string // as tcpdump prints it; or only from where to where
	device string // where a frame was sent or received
	size   int    // bytes of the frame
}

// Packet is the packet as `tcpdump -nn -S` prints it, for instance
//
//	IP 10.0.0.2.39526 > 10.0.0.1.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0
//
// or, where something happened to a connection and not to a packet, only from
// where to where. Empty where neither is.
func (e Event) Packet() string { return e.packet }

// Tape is what happened, in order. Same seed, same tape.
type Tape struct {
	net    *Network
	events []Event
	limit  int
	lost   int    // events beyond the limit
	line   []byte // scratch
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
	e := Event{Host: h.name, Station: at, Text: text}
	t.read(&e, frame)
	if at == StationTx || at == StationDMA {
		e.device, _, _ = strings.Cut(text, ":")
	}
	t.add(e)
}

// read fills in what a frame says. It takes it as it is, whole or damaged.
func (t *Tape) read(e *Event, frame []byte) {
	t.line = wire.AppendDump(t.line[:0], frame)
	e.packet, e.size = string(t.line), len(frame)
	if len(frame) < wire.EthernetLen {
		return
	}
	p := frame[wire.EthernetLen:]
	var body []byte
	switch eth := be16(frame[12:]); {
	case eth == wire.EtherTypeIPv4 && len(p) >= wire.IPv4Len:
		e.Flow = wire.FiveTuple{Proto: p[9], Src: be32(p[12:]), Dst: be32(p[16:])}
		if be16(p[6:])&0x1fff == 0 { // the first fragment or the only one
			body = p[min(len(p), int(p[0]&15)*4):max(min(len(p), int(be16(p[2:]))), min(len(p), int(p[0]&15)*4))]
		}
	case eth == wire.EtherTypeIPv6 && len(p) >= wire.IPv6Len:
		e.Flow = wire.FiveTuple{Proto: p[6], Src: t.net.knownSix(p[8:]), Dst: t.net.knownSix(p[24:])}
		body = p[wire.IPv6Len:min(len(p), wire.IPv6Len+int(be16(p[4:])))]
	}
	switch {
	case e.Flow.Proto == wire.ProtoTCP && len(body) >= wire.TCPLen:
		e.Flow.SrcPort, e.Flow.DstPort = be16(body), be16(body[2:])
		e.Seq, e.Ack = uint32(be32(body[4:])), uint32(be32(body[8:]))
		e.Flags, e.Window = wire.Flags(body[13]), be16(body[14:])
		e.Len = max(0, len(body)-int(body[12]>>4)*4)
	case e.Flow.Proto == wire.ProtoUDP && len(body) >= wire.UDPLen:
		e.Flow.SrcPort, e.Flow.DstPort = be16(body), be16(body[2:])
		e.Len = len(body) - wire.UDPLen
	default:
		e.Len = len(body)
	}
}

// knownSix is the number of an IPv6 address, 0 if the network has not met it:
// looking must not change anything.
func (n *Network) knownSix(a []byte) wire.Addr4 { return n.sixes.index[[16]byte(a)] }

func (t *Tape) segment(h *Host, at Station, g *segment, text string) Event {
	e := Event{Host: h.name, Station: at, Text: text,
		Flow: wire.FiveTuple{Proto: wire.ProtoTCP, Src: g.ip.Src, Dst: g.ip.Dst, SrcPort: g.tcp.SrcPort, DstPort: g.tcp.DstPort},
		Seq:  g.tcp.Seq, Ack: g.tcp.Ack, Flags: g.tcp.Flags, Window: g.tcp.Window, Len: int(g.len)}
	family := "IP "
	if isSix(g.ip.Dst) {
		family = "IP6 "
	}
	b := append(append(append(t.line[:0], family...), t.flow(e.Flow, false)...), ": "...)
	t.line = wire.AppendDumpTCP(b, &g.tcp, int(g.len))
	e.packet = string(t.line)
	return e
}

// flow is from where to where, as tcpdump spells it; of an IPv6 socket, no
// address is ::.
func (t *Tape) flow(f wire.FiveTuple, six bool) string {
	b := make([]byte, 0, 64)
	for i, a := range [2]wire.Addr4{f.Src, f.Dst} {
		if i == 1 {
			b = append(b, " > "...)
		}
		if a == 0 && six {
			b = append(b, "::"...)
		} else {
			b = t.net.addr(a).AppendTo(b)
		}
		b = strconv.AppendUint(append(b, '.'), uint64([2]uint16{f.SrcPort, f.DstPort}[i]), 10)
	}
	return string(b)
}

// addr is an address of the kernel's as net/netip has it.
func (n *Network) addr(a wire.Addr4) netip.Addr {
	if isSix(a) {
		return netip.AddrFrom16(n.sixes.list[a])
	}
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

// between is an event of a connection, not of a packet.
func (t *Tape) between(e Event, f wire.FiveTuple, six bool) {
	e.Flow, e.packet = f, t.flow(f, six)
	t.add(e)
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
	f := wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.raddr, Dst: s.laddr, SrcPort: s.rport, DstPort: s.lport}
	if call == "write" {
		t.moved(h, p, StationCopyIn, f.Reverse(), n, call)
	} else {
		t.moved(h, p, StationCopyOut, f, n, call)
	}
}

// moved is one of the two copies.
func (t *Tape) moved(h *Host, p *Process, at Station, f wire.FiveTuple, n int, call string) {
	t.between(Event{Host: h.name, Station: at, PID: p.pidOf(), Len: n, Text: call + " copied " + itoa(n) + " bytes"}, f, isSix(f.Src) || isSix(f.Dst))
}

// datagram records an IP packet on its way up that is no segment of TCP's.
func (t *Tape) datagram(h *Host, at Station, p *packet, text string) {
	t.frame(h, at, h.mem.of(p.buf)[p.ip-wire.EthernetLen:p.off+p.len], text)
}

func (t *Tape) udpLookup(h *Host, p *packet, i uint32) {
	text := "nobody has the port: ICMP"
	if i != 0 {
		text = "the socket at " + h.local(h.socks.at(i)).String()
	}
	t.datagram(h, StationLookup, p, text)
}

func (t *Tape) state(h *Host, i uint32, s *sock, to State, why string) {
	e := Event{Host: h.name, Station: StationState, Text: s.state.String() + " -> " + to.String() + " (" + why + ")"}
	t.between(e, wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.laddr, Dst: s.raddr, SrcPort: s.lport, DstPort: s.rport}, s.six())
}

func (t *Tape) queue(h *Host, li uint32, name string, n, backlog int, from SockAddr) {
	ls := h.socks.at(li)
	e := Event{Host: h.name, Station: StationQueue, N: n, Text: name + " " + itoa(n) + ", backlog " + itoa(backlog)}
	src := from.ip4()
	if isMapped(from.Addr) {
		src = be32(from.Addr[12:])
	} else if from.Family == AF_INET6 {
		src = h.net.knownSix(from.Addr[:])
	}
	t.between(e, wire.FiveTuple{Proto: wire.ProtoTCP, Src: src, Dst: ls.laddr, SrcPort: from.Port, DstPort: ls.lport}, ls.six())
}

func (t *Tape) queueDrop(h *Host, i uint32, g *segment, why string) {
	t.add(t.segment(h, StationDrop, g, why))
}

func (t *Tape) retransmit(h *Host, s *sock, q *traffic) {
	e := Event{Host: h.name, Station: StationTimer, Text: "no acknowledgement: retransmission " + itoa(int(q.retries)) +
		", next timeout " + (time.Duration(q.rto) * time.Microsecond).String()}
	t.between(e, wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.laddr, Dst: s.raddr, SrcPort: s.lport, DstPort: s.rport}, s.six())
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
//	0.000025067 server  rx ring (DMA)  10.0.0.2.39526 > 10.0.0.1.80: Flags [S], seq 1, win 64240, options [mss 1460], length 0  eth0: rx ring holds 1 of 1024
func (e Event) String() string {
	s := fmt.Sprintf("%v %-8s %-14s ", e.At, e.Host, e.Station)
	if e.Station == StationSyscall {
		return s + "[" + itoa(e.PID) + "] " + e.Text
	}
	if e.packet != "" {
		s += strings.TrimPrefix(e.packet, "IP ") + "  "
	}
	return strings.TrimRight(s+e.Text, " ")
}

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

// Tcpdump is the packets a host sent and received, as `tcpdump -nn -S -tt
// --nano` shows them: time, and what [wire.Dump] says. What came back over lo
// stands there once. Of a device with GRO it shows what the driver has put
// together, of one with TSO what is still to be cut, as tcpdump does.
func (t *Tape) Tcpdump(h *Host) string {
	var b strings.Builder
	for _, e := range t.events {
		in := e.Station == StationDMA && e.device != "lo" && !strings.HasSuffix(e.device, groMark) || e.Station == StationGRO
		if e.Host == h.name && (e.Station == StationTx || in) {
			fmt.Fprintf(&b, "%v %s\n", e.At, e.packet)
		}
	}
	return b.String()
}

// congestion records what a sender thinks of the network.
func (t *Tape) congestion(h *Host, s *sock, q *traffic, what string) {
	e := Event{Host: h.name, Station: StationTimer, Text: what + ": cwnd " + itoa(int(q.cwnd)) + ", in flight " + itoa(q.inFlight())}
	if q.ssthresh < infinite {
		e.Text += ", ssthresh " + itoa(int(q.ssthresh))
	}
	e.Flow = wire.FiveTuple{Proto: wire.ProtoTCP, Src: s.laddr, Dst: s.raddr, SrcPort: s.lport, DstPort: s.rport}
	t.add(e)
}

// waiting records a segment that waits for a missing one.
func (t *Tape) waiting(h *Host, g *segment) {
	t.add(t.segment(h, StationQueue, g, "out of order: it waits for what is missing: TCPOFOQueue"))
}
