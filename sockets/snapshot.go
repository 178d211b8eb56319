package sockets

import (
	"fmt"
	"strings"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Snapshot is what a network is at one instant, by value: it does not change
// when the network goes on, and two of them can be compared.
type Snapshot struct {
	Event    int // how many events have happened
	At       sim.Time
	Hosts    []HostSnapshot
	Flying   []Flying // by link and direction, in order of arrival
	Sleepers []string // programs that wait, and for what
}

// HostSnapshot is one host's queues, counters and sockets.
type HostSnapshot struct {
	Name        string
	Stats       Stats
	Sockets     SocketRows // TCP, with its queues and windows, as ss -tani
	UDP         SocketRows
	Rings       []RingSnapshot // lo first
	CPUs        []CPUSnapshot
	Memory      int // bytes of kernel memory that packets occupy
	Descriptors []DescriptorTable
}

// RingSnapshot is an rx ring of a card, and its interrupt.
type RingSnapshot struct {
	Name       string // eth0, or eth0-1 where a card has several
	Used, Size int    // descriptors
	Masked     bool   // the interrupt is masked: the driver polls
}

// CPUSnapshot is what one CPU has done so far.
type CPUSnapshot struct {
	Softnet
	CPULoad
}

// Flying is a frame that has left a host and not arrived at the next, or that
// waits for the wire.
type Flying struct {
	From, To string // host/card
	Leaves   sim.Time
	Arrives  sim.Time
	Len      int
	Text     string // as tcpdump prints it
}

// Snapshot is what the network is now.
func (n *Network) Snapshot() Snapshot {
	s := Snapshot{Event: int(n.sim.Fired()), At: n.sim.Now(), Sleepers: n.Sleepers()}
	for _, h := range n.Hosts() {
		s.Hosts = append(s.Hosts, h.snapshot())
		s.Flying = h.lo.flying(s.Flying)
	}
	for _, l := range n.links {
		s.Flying = l.a.flying(s.Flying)
		s.Flying = l.b.flying(s.Flying)
	}
	return s
}

func (h *Host) snapshot() HostSnapshot {
	s := HostSnapshot{Name: h.name, Stats: h.stats, Sockets: h.SocketsInfo(SocketFilter{}), UDP: h.UDPSockets(), Memory: h.mem.bytes}
	for _, c := range append([]*nic{h.lo}, h.nics...) {
		for _, q := range c.queues {
			s.Rings = append(s.Rings, RingSnapshot{q.name(), int(q.tail - q.head), q.limit, q.irq.masked})
		}
	}
	loads := h.CPULoads()
	for k, c := range h.cpus {
		s.CPUs = append(s.CPUs, CPUSnapshot{c.soft, loads[k]})
	}
	for _, p := range h.procs {
		s.Descriptors = append(s.Descriptors, p.Descriptors())
	}
	return s
}

// flying appends the frames on a card's outgoing wire.
func (c *nic) flying(to []Flying) []Flying {
	w := c.tx
	for i := w.head; i != w.tail; i++ {
		f := w.at(i)
		to = append(to, Flying{From: c.host.name + "/" + c.name, To: c.peer.host.name + "/" + c.peer.name,
			Leaves: f.leaves, Arrives: f.arrives, Len: int(f.n), Text: wire.Dump(w.net.frames.of(f.frame)[:f.n])})
	}
	return to
}

// String is a page: each host's card, sockets and counters, then the wires.
func (s Snapshot) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "after event %d, at %v s\n", s.Event, s.At)
	for _, h := range s.Hosts {
		fmt.Fprintf(&b, "\n%s: %d bytes of packets in memory", h.Name, h.Memory)
		for _, q := range h.Rings {
			if q.Used > 0 || q.Masked {
				fmt.Fprintf(&b, "; %s: %d of %d in the ring", q.Name, q.Used, q.Size)
				if q.Masked {
					b.WriteString(", interrupt masked")
				}
			}
		}
		b.WriteString("\n" + h.Sockets.Info())
		if len(h.UDP) > 0 {
			b.WriteString(h.UDP.String())
		}
		for _, c := range h.Stats.Card() {
			if c.Value != 0 {
				fmt.Fprintf(&b, "%s: %d  ", c.Name, c.Value)
			}
		}
		b.WriteString("\n" + h.Stats.String())
	}
	b.WriteString("\n")
	for _, f := range s.Flying {
		fmt.Fprintf(&b, "%v on the way from %s to %s, arrives at %v: %s\n", f.Leaves, f.From, f.To, f.Arrives, f.Text)
	}
	for _, who := range s.Sleepers {
		b.WriteString(who + "\n")
	}
	return b.String()
}
