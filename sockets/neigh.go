package sockets

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Which card has an address? On most links here the host knows from the start:
// the other end's address is a permanent entry of its neighbour table, as after
//
//	ip neigh add 10.0.0.1 lladdr 02:00:00:00:01:00 dev eth0 nud permanent
//
// so that no lesson about TCP begins with a question about Ethernet. A link
// with LinkOptions.ARP, or a network with [ARP], asks, as a real one does.
//
//	(none) ─ a packet ─▶ INCOMPLETE ─ answer ─▶ REACHABLE ─ 15 to 45 s ─▶ STALE
//	                         │ 3 questions          ▲                      │ a packet
//	                         ▼                      │ answer               ▼
//	                       FAILED ◀─ 3 questions ─ PROBE ◀──── 5 s ───── DELAY
//
// That is net/core/neighbour.c, and RFC 4861 §7.3.2 for IPv6. Packets wait
// while an entry is INCOMPLETE.

// ARP makes every link of the network ask for its neighbours' addresses.
func ARP() Option { return func(w *Network) { w.arp = true } }

type neighState uint8

const (
	neighNone neighState = iota
	neighIncomplete
	neighReachable
	neighStale
	neighDelay
	neighProbe
	neighFailed
)

var neighNames = [...]string{"NONE", "INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED"}

// Defaults of net.ipv4.neigh.*: net/ipv4/arp.c arp_tbl, net/ipv6/ndisc.c
// nd_tbl.
const (
	neighRetrans    = time.Second      // retrans_time_ms
	neighProbes     = 3                // ucast_solicit, mcast_solicit
	neighDelayFor   = 5 * time.Second  // delay_first_probe_time
	neighReachBase  = 30 * time.Second // base_reachable_time_ms: half to one and a half of it
	neighQueueBytes = 212992           // unres_qlen_bytes: SK_WMEM_DEFAULT
	neighMost       = 1024             // gc_thresh3
	neighKeep       = 5 * time.Second  // neigh_forced_gc spares what is younger
)

// neighbour is an entry of the table: struct neighbour.
type neighbour struct {
	addr      wire.Addr4
	dev       *nic
	mac       wire.MAC
	state     neighState
	probes    int
	timer     sim.Timer
	confirmed sim.Time // last heard of
	used      sim.Time
	updated   sim.Time
	waiting   []waitingFrame
	bytes     int // their truesize
}

type waitingFrame struct {
	frame bufRef
	n     int
	gso   uint16 // the card is to cut it to segments of this size; 0: not
}

// neighTable is the neighbours of a host. An index names an entry to its timer.
type neighTable struct {
	list  []*neighbour // nil: free
	index map[neighKey]int
	timer sim.Handler
	reach time.Duration // reachable_time, drawn when first needed
	held  int           // frames that wait
}

type neighKey struct {
	dev  *nic
	addr wire.Addr4
}

// neighbour is the entry of an address behind a card, made when there is none;
// nil when the table is full (neigh_alloc).
func (h *Host) neighbour(c *nic, a wire.Addr4, create bool) (*neighbour, int) {
	t := &h.neighs
	if i, ok := t.index[neighKey{c, a}]; ok {
		return t.list[i], i
	}
	if !create || len(t.index) >= neighMost && !h.neighForget() {
		return nil, 0
	}
	if t.index == nil {
		t.index = map[neighKey]int{}
		t.timer = h.net.sim.Handle(h.neighTimer)
	}
	e := &neighbour{addr: a, dev: c}
	i := 0
	for i < len(t.list) && t.list[i] != nil {
		i++
	}
	if i == len(t.list) {
		t.list = append(t.list, nil)
	}
	t.list[i] = e
	t.index[neighKey{c, a}] = i
	return e, i
}

// neighForget makes room (neigh_forced_gc): entries nobody has used for a
// while. It reports whether there is room now.
func (h *Host) neighForget() bool {
	t := &h.neighs
	now := h.net.sim.Now()
	for i, e := range t.list {
		if e != nil && (e.state == neighStale || e.state == neighFailed) && now.Sub(e.updated) >= neighKeep {
			delete(t.index, neighKey{e.dev, e.addr})
			t.list[i] = nil
		}
	}
	if len(t.index) < neighMost {
		return true
	}
	h.stats.NeighTableFulls++
	return false
}

// resolve gives a frame the address of its next hop and sends it, or lets it
// wait for it (neigh_resolve_output).
func (h *Host) resolve(c *nic, frame bufRef, n int) {
	gso := h.gso // whatever the card is to do with this frame, it is not for a question
	h.gso = 0
	to := h.nextHop(c, h.frameTo(h.net.frames.of(frame)[:n]))
	if h.isGroup(to) {
		c.transmit(frame, n) // its maker knows the group's card
		return
	}
	e, i := h.neighbour(c, to, true)
	if e == nil {
		h.dropFrame(frame, n, "neighbour table full: table_fulls")
		return
	}
	e.used = h.net.sim.Now()
	switch e.state {
	case neighNone, neighFailed:
		e.state, e.probes, e.updated = neighIncomplete, neighProbes, e.used // as many as in PROBE, then as many more
		h.neighWait(e, waitingFrame{frame, n, gso})
		h.neighArm(e, i, neighRetrans)
		h.solicit(e)
	case neighIncomplete:
		h.neighWait(e, waitingFrame{frame, n, gso})
	case neighStale:
		e.state, e.updated = neighDelay, e.used
		h.neighArm(e, i, neighDelayFor)
		fallthrough
	default:
		copy(h.net.frames.of(frame), e.mac[:])
		h.gso = gso
		c.transmit(frame, n)
	}
}

// frameTo is the destination of a packet in a frame.
func (h *Host) frameTo(b []byte) wire.Addr4 {
	if be16(b[12:]) == wire.EtherTypeIPv6 {
		return h.net.six([16]byte(b[wire.EthernetLen+24:]))
	}
	return be32(b[wire.EthernetLen+16:])
}

// neighWait puts a frame in the queue of an entry; the oldest go when it
// overflows.
func (h *Host) neighWait(e *neighbour, w waitingFrame) {
	charge := truesize(w.n)
	for len(e.waiting) > 0 && e.bytes+charge > neighQueueBytes {
		old := e.waiting[0]
		e.waiting = e.waiting[1:]
		e.bytes -= truesize(old.n)
		h.neighs.held--
		h.stats.NeighUnresDiscards++
		h.dropFrame(old.frame, old.n, "queue of "+h.net.addr(e.addr).String()+" full: unres_discards")
	}
	e.waiting = append(e.waiting, w)
	e.bytes += charge
	h.neighs.held++
}

// dropFrame ends the way of a frame that was going out.
func (h *Host) dropFrame(frame bufRef, n int, why string) {
	h.stats.neighDrops++
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, h.net.frames.of(frame)[:n], why)
	}
	h.net.frames.release(frame)
}

func (h *Host) neighArm(e *neighbour, i int, d time.Duration) {
	if e.timer != 0 {
		h.net.sim.Cancel(e.timer)
	}
	e.timer = h.net.sim.After(d, h.neighs.timer, uint64(i))
}

// neighTimer is neigh_timer_handler.
func (h *Host) neighTimer(arg uint64) {
	i := int(arg)
	e := h.neighs.list[i]
	e.timer = 0
	now := h.net.sim.Now()
	switch e.state {
	case neighReachable:
		switch left := h.reachable() - now.Sub(e.confirmed); {
		case left > 0:
			h.neighArm(e, i, left)
		case now.Sub(e.used) <= neighDelayFor:
			e.state, e.updated = neighDelay, now
			h.neighArm(e, i, neighDelayFor)
		default:
			e.state, e.updated = neighStale, now
		}
		return
	case neighDelay:
		if now.Sub(e.confirmed) <= neighDelayFor {
			e.state, e.updated = neighReachable, now
			h.neighArm(e, i, h.reachable()-now.Sub(e.confirmed))
			return
		}
		e.state, e.probes, e.updated = neighProbe, 0, now
	}
	limit := neighProbes
	if e.state == neighIncomplete {
		limit *= 2 // neigh_max_probes: those of PROBE count as used up
	}
	if e.probes >= limit {
		h.neighFail(e)
		return
	}
	h.neighArm(e, i, neighRetrans)
	h.solicit(e)
}

// neighFail gives up: every sender that waits is told (arp_error_report,
// ndisc_error_report).
func (h *Host) neighFail(e *neighbour) {
	e.state, e.updated = neighFailed, h.net.sim.Now()
	h.stats.NeighResFailed++
	h.note(StationTimer, "no answer from "+h.net.addr(e.addr).String()+" on "+e.dev.name+": FAILED")
	waiting := e.waiting
	e.waiting, e.bytes = nil, 0
	for _, w := range waiting {
		h.neighs.held--
		p := h.packetOf(e.dev, w.frame, w.n)
		h.dropFrame(w.frame, w.n, "no answer from "+h.net.addr(e.addr).String()+": host unreachable")
		if p.six() {
			h.icmpError(&p, wire.ICMPv6Unreachable, wire.ICMPv6AddressUnreachable, 0)
		} else {
			h.icmpError(&p, wire.ICMPUnreachable, wire.ICMPHostUnreachable, 0)
		}
		h.mem.release(p.buf)
	}
}

// packetOf takes a packet that was going out back into kernel memory, to
// complain about it.
func (h *Host) packetOf(c *nic, frame bufRef, n int) packet {
	b := h.net.frames.of(frame)[:n]
	p := packet{in: c, buf: h.mem.alloc(n), ip: wire.EthernetLen, off: wire.EthernetLen, len: uint32(n - wire.EthernetLen), dst: h.frameTo(b)}
	p.src = be32(b[wire.EthernetLen+12:])
	if be16(b[12:]) == wire.EtherTypeIPv6 {
		p.src = h.net.six([16]byte(b[wire.EthernetLen+8:]))
	}
	copy(h.mem.of(p.buf), b)
	return p
}

// reachable is the time after which what is known counts as old: drawn once
// between half and one and a half of base_reachable_time (RFC 4861 §6.3.2).
func (h *Host) reachable() time.Duration {
	if h.neighs.reach == 0 {
		h.neighs.reach = neighReachBase/2 + time.Duration(h.luck().IntN(int(neighReachBase)))
	}
	return h.neighs.reach
}

// luck is the network layer's own stream of chance.
func (h *Host) luck() *sim.Stream {
	if h.icmp.random == nil {
		h.icmp.random = h.net.sim.Stream(uint64(h.id)<<32 | 1<<31)
	}
	return h.icmp.random
}

// solicit asks: everybody, or, in PROBE, the one who had the address.
func (h *Host) solicit(e *neighbour) {
	e.probes++
	if isSix(e.addr) {
		h.ndSolicit(e)
		return
	}
	h.arpRequest(e)
}

// neighHeard is neigh_update: an answer (solicited), or a question from that
// address, which shows where it is and no more.
func (h *Host) neighHeard(c *nic, a wire.Addr4, mac wire.MAC, solicited, create bool) {
	e, i := h.neighbour(c, a, create)
	if e == nil {
		return
	}
	now := h.net.sim.Now()
	known := e.state == neighReachable || e.state == neighStale || e.state == neighDelay || e.state == neighProbe
	if solicited {
		e.confirmed = now
	} else if known && e.mac == mac {
		return // nothing new, and no proof that the way there is good
	}
	e.mac, e.updated = mac, now
	if e.timer != 0 {
		h.net.sim.Cancel(e.timer)
		e.timer = 0
	}
	if e.state = neighStale; solicited {
		e.state = neighReachable
		h.neighArm(e, i, h.reachable())
	}
	waiting := e.waiting
	e.waiting, e.bytes = nil, 0
	for _, w := range waiting {
		h.neighs.held--
		h.gso = w.gso
		h.resolve(c, w.frame, w.n)
		h.gso = 0
	}
}

// NeighbourRow is a line of the neighbour table.
type NeighbourRow struct {
	Addr, Dev, MAC, State string
}

// NeighbourRows is a neighbour table that prints as `ip neigh` does.
type NeighbourRows []NeighbourRow

// Neighbours is the host's neighbour table, by address. On links without ARP
// the other end's addresses are PERMANENT (of a row of addresses the first).
func (h *Host) Neighbours() NeighbourRows {
	var rows NeighbourRows
	for _, c := range h.nics {
		if c.arp {
			continue
		}
		for _, r := range c.peer.host.ranges {
			rows = append(rows, NeighbourRow{r.lo.String(), c.name, c.peer.mac.String(), "PERMANENT"})
		}
		for _, a := range c.peer.host.sixes {
			rows = append(rows, NeighbourRow{h.net.addr(a).String(), c.name, c.peer.mac.String(), "PERMANENT"})
		}
	}
	for _, e := range h.neighs.list {
		if e == nil {
			continue
		}
		r := NeighbourRow{Addr: h.net.addr(e.addr).String(), Dev: e.dev.name, State: neighNames[e.state]}
		if e.mac != (wire.MAC{}) && e.state != neighIncomplete && e.state != neighFailed {
			r.MAC = e.mac.String()
		}
		rows = append(rows, r)
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Addr < rows[j].Addr })
	return rows
}

// Len is how many entries there are.
func (r NeighbourRows) Len() int { return len(r) }

// String has a line for each entry.
func (r NeighbourRows) String() string {
	var b strings.Builder
	for _, e := range r {
		fmt.Fprintf(&b, "%s dev %s ", e.Addr, e.Dev)
		if e.MAC != "" {
			b.WriteString("lladdr " + e.MAC + " ")
		}
		b.WriteString(e.State + "\n")
	}
	return b.String()
}
