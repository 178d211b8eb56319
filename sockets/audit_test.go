package sockets

import (
	"fmt"
	"slices"
)

// audit checks, at any moment between two events, what must always be so:
//
//   - Conservation. Frames sent = frames delivered + dropped + queued, at each
//     station of the way; the same for buffers, queue entries, ports, files,
//     options, wait queues.
//   - Order. una ≤ nxt ≤ una + queued, and the receive window never goes back.
//   - Found. Every connection is in the lookup table, once, and nothing else;
//     every datagram socket is in its port's list.
//   - Told. Nobody sleeps on what has come, every pending event belongs to
//     somebody who will hear of it.
//
// It returns a sentence for each thing that is wrong. It knows everything
// about the inside, and nothing in the inside knows of it. This file is about
// what moves; audit_sock_test.go about sockets and their ports,
// audit_file_test.go about files and those who wait for them.
func audit(n *Network) []string { return (&auditor{net: n}).all() }

// auditWild is audit under programs that do what they should not: close
// descriptors that poll and select sleep on (they hold the files they began
// with, but what they look at are their numbers), or make a backlog or a buffer
// smaller than what is in it.
func auditWild(n *Network) []string { return (&auditor{net: n, wild: true}).all() }

func (a *auditor) all() []string {
	n := a.net
	for _, h := range n.hosts {
		if h.tap != nil { // no kernel: what arrives there is gone
			a.pending += len(h.tap.later)
			continue
		}
		a.frames(h)
		a.sockets(h)
		a.datagramSockets(h)
		a.listeners(h)
		a.ports(h)
		a.freePorts(h)
		a.options(h)
		a.files(h)
		a.pipes(h)
		a.epolls(h)
		a.memory(h)
	}
	a.wires()
	a.waits()
	a.sleepers()
	a.timers()
	return a.wrong
}

type auditor struct {
	net                *Network
	wild               bool // see auditWild
	wrong              []string
	records, withHoles int // on scoreboards, with something out of order
	futile             int // timers that ask for a window that stays closed
	pending            int // timers somebody waits for
	ringed             int // frames in rx rings of the host being looked at
	queued             int // pieces of data in queues of the host being looked at
	paged              int // pages in pipes of the host being looked at
	waiting            int // frames that wait for a neighbour, of all hosts
	sent               int // datagrams not sent yet, of the host being looked at
	kept               int // fragments of the host being looked at
}

func (a *auditor) is(what string, got, want int) {
	if got != want {
		a.wrong = append(a.wrong, fmt.Sprintf("at %v s: %s: want %d, found %d", a.net.Now(), what, want, got))
	}
}

func (a *auditor) that(ok bool, format string, args ...any) {
	if !ok {
		a.wrong = append(a.wrong, fmt.Sprintf("at %v s: ", a.net.Now())+fmt.Sprintf(format, args...))
	}
}

// frames: what the cards took in is in the rings or with IP, and what IP took
// is with a protocol or dropped.
func (a *auditor) frames(h *Host) {
	a.ringed, a.queued, a.paged, a.sent = 0, 0, 0, 0
	for _, c := range append([]*nic{h.lo}, h.nics...) {
		for _, q := range c.queues {
			held := int(q.tail - q.head)
			a.that(a.wild || held <= q.limit, "%s: ring of %s holds %d of %d", h.name, q.name(), held, q.limit)
			a.that(held == 0 || q.irq.masked || q.irq.timer != 0, "%s: frames in the ring of %s and no interrupt on its way", h.name, q.name())
			a.ringed += held
			if q.irq.timer != 0 || q.irq.masked && !h.charged {
				a.pending++
			}
		}
	}
	a.cpus(h)
	for _, c := range h.nics {
		for _, q := range c.queues {
			a.that(len(q.flows) == 0 || h.charged && q.cpu.inSoft, "%s: %s holds back %d packets and nobody polls", h.name, q.name(), len(q.flows))
			a.ringed += len(q.flows)
		}
	}
	s := &h.stats
	a.is(h.name+": frames in rings = rx_packets - frames with IP", a.ringed,
		int(s.RxPackets-s.IpInReceives-s.Ip6InReceives-s.RxNoHandler-s.arpIn-s.GROMerged))
	a.packets(h.name+": Ip", s.IpInReceives, s.IpInDelivers, s.IpInHdrErrors, s.IpInAddrErrors, s.IpInUnknownProtos, s.IpInDiscards,
		s.IpExtInTruncatedPkts, s.IpExtInNoRoutes, s.InMartianDst, s.InMartianSrc, s.IpForwDatagrams, s.forwardTooBig, s.ForwardRefused,
		s.IpReasmReqds, -s.IpReasmOKs)
	a.packets(h.name+": Ip6", s.Ip6InReceives, s.Ip6InDelivers, s.Ip6InHdrErrors, s.Ip6InAddrErrors, s.Ip6InUnknownProtos, s.Ip6InDiscards,
		s.Ip6InTruncatedPkts, s.Ip6InNoRoutes, s.Ip6OutForwDatagrams, s.Ip6InTooBigErrors, s.Ip6ReasmReqds, -s.Ip6ReasmOKs)
	a.fragments(h)
	a.is(h.name+": InDelivers = segments + datagrams, read or not, + ICMP", int(s.IpInDelivers+s.Ip6InDelivers),
		int(s.InSegs+s.UdpInDatagrams+s.UdpNoPorts+s.UdpInErrors+s.Udp6InDatagrams+s.Udp6NoPorts+s.Udp6InErrors+s.IcmpInMsgs+s.Icmp6InMsgs+s.udpUnread)+a.unread(h))
	a.is(h.name+": OutRequests = segments + datagrams, sent or not, + ICMP", int(s.IpOutRequests+s.Ip6OutRequests),
		int(s.OutSegs-s.TSOFrames+s.TSOPackets+s.UdpOutDatagrams+s.Udp6OutDatagrams+s.UdpSndbufErrors+s.Udp6SndbufErrors-s.udpFull+s.IcmpOutMsgs+s.Icmp6OutMsgs))
	a.is(h.name+": OutTransmits = OutRequests + forwarded + fragments - packets cut", int(s.IpOutTransmits+s.Ip6OutTransmits),
		int(s.IpOutRequests+s.Ip6OutRequests+s.IpForwDatagrams+s.Ip6OutForwDatagrams+
			s.IpFragCreates+s.Ip6FragCreates-s.IpFragOKs-s.Ip6FragOKs-s.fragDrops))
	a.is(h.name+": packets on their way + ARP = tx_packets + tx_dropped + waiting for a neighbour", int(s.IpOutTransmits+s.Ip6OutTransmits+s.arpOut),
		int(s.TxPackets+s.TxDropped-s.TSOFrames+s.TSOPackets+s.neighDrops)+a.neighbours(h))
	a.that(s.UdpRcvbufErrors <= s.UdpInErrors, "%s: UdpRcvbufErrors is %d, but UdpInErrors, which counts them too, %d", h.name, s.UdpRcvbufErrors, s.UdpInErrors)
}

// cpus: each does what there is to do; nobody waits while one is idle.
func (a *auditor) cpus(h *Host) {
	idle, processed, squeezed, dropped := 0, uint64(0), uint64(0), uint64(0)
	waits := map[*rxQueue]bool{}
	for _, c := range h.cpus {
		if c.doing == workNone {
			idle++
			a.that(len(c.irqs)+len(c.polls) == 0, "%s: CPU %d is idle, and %d interrupts and %d rings wait", h.name, c.number, len(c.irqs), len(c.polls))
		} else {
			a.pending++
		}
		a.that(len(c.polls) == 0 || c.inSoft, "%s: CPU %d has rings to poll and no soft interrupt", h.name, c.number)
		for _, q := range append(c.irqs, c.polls...) {
			a.that(!waits[q], "%s: %s waits twice for its CPU", h.name, q.name())
			waits[q] = true
		}
		processed, squeezed, dropped = processed+c.soft.Processed, squeezed+c.soft.Squeezed, dropped+c.soft.Dropped
	}
	a.that(idle == 0 || len(h.runq) == 0, "%s: %d CPUs are idle and %d programs wait", h.name, idle, len(h.runq))
	a.is(h.name+": softnet processed = rx_packets - frames in rings", int(processed), int(h.stats.RxPackets)-a.ringed)
	a.is(h.name+": time_squeeze of all CPUs", int(squeezed), int(h.stats.TimeSqueeze))
	a.is(h.name+": dropped of all CPUs", int(dropped), int(h.stats.SoftnetDropped))
	if h.charged {
		for _, c := range append([]*nic{h.lo}, h.nics...) {
			for _, q := range c.queues { // or its interrupt is an event of this instant
				a.pending += int(bit(q.irq.masked && !waits[q]))
			}
		}
	}
}

// packets: each that came in is delivered, or dropped for one reason.
func (a *auditor) packets(what string, in uint64, out ...uint64) {
	var sum uint64
	for _, n := range out {
		sum += n
	}
	a.is(what+"InReceives = InDelivers + each reason to drop", int(in), int(sum))
}

// wires: what was sent has been received, missed, found damaged, lost, or is on
// its way; what came twice counts twice.
func (a *auditor) wires() {
	flying, more := 0, 0
	var sent, received, lost uint64
	for _, h := range a.net.hosts {
		for _, c := range append([]*nic{h.lo}, h.nics...) {
			w := c.tx
			flying += int(w.tail - w.head)
			if w.tail != w.head {
				a.pending++
			}
			a.is(h.name+": an arrival is pending at "+c.name+" while frames are on their way", int(bit(w.next != 0)), int(bit(w.tail != w.head)))
			a.that(w.waiting-w.head <= w.tail-w.head, "%s: %s counts more frames on the wire than it has", h.name, c.name)
			bytes := 0
			for i := w.waiting; i != w.tail; i++ {
				bytes += int(w.at(i).n)
			}
			a.is(h.name+": bytes that wait for the wire of "+c.name, w.bytes, bytes)
			if f := w.faults; f != nil {
				flying += f.aside.live
				a.pending += f.aside.live
				more += int(f.stats.Duplicated)
				lost += f.stats.Lost + f.stats.Cut
			}
		}
		sent += h.stats.TxPackets - h.stats.TxCarrierErrors
		received += h.stats.RxPackets + h.stats.RxMissed + h.stats.RxCrcErrors + h.stats.SoftnetDropped
	}
	a.is("frames on the wires = sent - lost + doubled - received - missed - damaged", flying, int(sent-lost-received)+more)
	a.is("frame buffers in use = frames on the wires + waiting for a neighbour", a.net.frames.count(), flying+a.waiting)
}

// count is how many buffers are handed out.
func (m *buffers) count() int { return m.live }

// memory: everything in kernel memory lies in a queue, a ring or a pipe, and
// the values of each slab in use are those that somebody has.
func (a *auditor) memory(h *Host) {
	a.is(h.name+": pieces of data in use", h.skbs.live, a.queued)
	a.is(h.name+": datagrams not sent yet", h.sendings.live, a.sent)
	a.is(h.name+": pages of pipes in use", h.pipePages.live, a.paged)
	a.is(h.name+": kernel buffers in use = data queued + frames in rings + fragments + pages of pipes", h.mem.count(), a.queued+a.ringed+a.kept+a.paged)
	a.is(h.name+": crowds' sockets with something to tell, when nothing happens", len(h.news), 0)
}

// timers: no event is pending that nobody knows of. Crowds plan arrivals and
// departures of their own, so with them there may be more; a program that was
// ended on its way to wake up leaves one that does nothing.
func (a *auditor) timers() {
	more := 0
	for _, t := range a.net.threads {
		if t.timer != 0 {
			a.pending++
			a.that(t.sleeping, "thread %d does not sleep and has a timer", t.id)
		}
		switch {
		case t.killed:
			more++
		case t.proc != nil && t.proc.host.charged && t.sleeping: // its CPU is the event
		case t.woken && !t.timedOut && (t.sleeping || t.co != nil && !t.started):
			a.pending++
		}
	}
	for _, h := range a.net.hosts {
		for _, l := range h.loads {
			more += 1 + 2*len(l.socks) // the next arrival; of each client its leaving, and the room it made
		}
	}
	a.is("timers that change nothing", a.net.futile, a.futile)
	got := a.net.sim.Pending()
	a.that(got >= a.pending, "%d events are pending, fewer than the %d somebody waits for", got, a.pending)
	a.that(got <= a.pending+more, "%d events are pending, and only %d somebody waits for", got, a.pending)
}

// leaks says what is left when everything should be gone: after the last
// descriptor is closed and the last timer has run out.
func leaks(n *Network) []string {
	a := &auditor{net: n}
	a.is("pending events after the end", n.sim.Pending(), 0)
	a.is("timers that change nothing after the end", n.futile, 0)
	a.is("frame buffers after the end", n.frames.count(), 0)
	a.is("bytes of frame buffers after the end", n.frames.bytes, 0)
	a.is("places in wait queues after the end", n.waits.live, 0)
	for _, h := range n.hosts {
		ports, open, nulls := 0, map[file]bool{}, 0
		for _, p := range h.procs {
			for _, e := range p.fds.files {
				if e != 0 && !open[e.file()] {
					open[e.file()] = true
					nulls += int(bit(e&fdKind == kindNull))
				}
			}
		}
		for _, page := range h.udp.pages {
			if page != nil && *page != [256]uint32{} {
				ports++
			}
		}
		for _, left := range []struct {
			what string
			n    int
		}{
			{"sockets", h.socks.live}, {"traffic", h.traffic.live}, {"listeners", h.listeners.live}, {"pieces on scoreboards", h.sents.live}, {"connections with holes", h.holes.live},
			{"half-open connections", h.requests.live}, {"pieces of data", h.skbs.live}, {"datagrams not sent", h.sendings.live}, {"bytes of kernel buffers", h.mem.bytes},
			{"kernel buffers", h.mem.count()}, {"entries of the lookup table", h.conns.n}, {"TCP ports in use", h.ports.inUse},
			{"ports and their owners", h.ports.buckets.live}, {"pages of UDP ports in use", ports},
			{"sets of options", h.optionSlab.live}, {"rare options", len(h.sides.list)},
			{"pipes", h.pipes.live}, {"pages of pipes", h.pipePages.live}, {"users with pipes", len(h.pipeRules.pages)},
			{"epolls", h.epolls.live}, {"epoll items", h.items.live}, {"users with epoll items", len(h.watches)},
			{"sockets with very many descriptors", len(h.moreRefs)}, {"owners of files", len(h.owners)},
			{"files beyond those of the processes", int(h.files) - len(open)}, {"/dev/null beyond those of the processes", h.nulls.live - nulls},
			{"crowds' sockets with something to tell", len(h.news)},
		} {
			a.is(h.name+": "+left.what+" after the end", left.n, 0)
		}
		for d, set := range h.ports.taken {
			a.that(*set == portSet{}, "%s: ports towards %v:%d are still marked as taken", h.name, d.raddr, d.rport)
		}
	}
	for _, t := range n.threads {
		a.that(!t.sleeping && len(t.nodes) == 0, "thread %d still sleeps in %s", t.id, t.call)
	}
	return a.wrong
}

// list collects a linked list, and says when it never ends.
func (a *auditor) list(what string, first uint32, next func(i uint32) uint32) (all []uint32) {
	for i := first; i != 0; i = next(i) {
		if all = append(all, i); len(all) > 1<<20 {
			a.that(false, "%s never ends", what)
			return nil
		}
	}
	return all
}

// sorted are a map's keys, in order.
func sorted[K interface{ ~uint32 | ~int }, V any](m map[K]V) (keys []K) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
