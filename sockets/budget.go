package sockets

import (
	"fmt"
	"unsafe"
)

// What a run may take of the machine it runs on: the reader's, not the
// simulated host's. The package itself never asks that machine anything, so its
// memory and its patience are options.

// StopWhen lets somebody outside end a run: asked is called every few thousand
// events, which is every millisecond or so, and its first error ends the run, or
// the call from outside that waits, with an error that wraps it. A context's
// Err is such a function: StopWhen(ctx.Err). Where the run ends depends on when
// the error comes, so such a run is not one to repeat.
func StopWhen(asked func() error) Option { return func(w *Network) { w.asked = asked } }

// MemoryBudget is how much memory of this machine the network's tables may
// take, in bytes. A [Load] that must need more is refused before anything is
// made, with a *[LimitError] that says how much it needs; a run whose tables
// have grown beyond it ends with one. Default 0: no bound. The machine's free
// memory is a good budget; package sweep can ask for it.
func MemoryBudget(bytes int64) Option {
	return func(w *Network) {
		if w.budget = bytes; bytes < 0 {
			w.fail(&LimitError{"MemoryBudget", bytes, "0 for no bound, or the bytes the tables may take"})
		}
	}
}

// betweenLooks is how many events pass between two looks at StopWhen and
// the budget: less than a millisecond.
const betweenLooks = 2048

// halted is why no further event may happen, nil if they may.
func (n *Network) halted() error {
	if n.asked != nil {
		if err := n.asked(); err != nil {
			return fmt.Errorf("sockets: the run was stopped at %v s: %w", n.sim.Now(), err)
		}
	}
	if n.budget > 0 {
		if now := n.Footprint(); now > n.budget {
			n.fail(&LimitError{"MemoryBudget", inBytes(n.budget), "more: the network's tables have grown to " + inBytes(now)})
			return n.err
		}
	}
	return nil
}

// What one connection of a crowd takes of this machine, both ends, at most: two
// socks, two places in lookup tables (13 B at the fullest, 26 B after a split),
// a descriptor and a crowd's number, whose lists have room to grow.
const connectionBytes = 2*int64(unsafe.Sizeof(sock{})) + 2*26 + 2*8

// openingBytes is what it takes besides while its handshake is under way: timer
// and round-trip time at the client, the half-open connection at the server.
const openingBytes = int64(unsafe.Sizeof(traffic{})+unsafe.Sizeof(request{})) + 128

// afford refuses a crowd that cannot fit into the budget.
func (n *Network) afford(o LoadOptions) error {
	if n.budget == 0 {
		return nil
	}
	opening := int64(o.Clients)
	if o.Window > 0 {
		opening = int64(min(o.Window, o.Clients))
	} else if o.Within > 0 || o.Rate > 0 {
		opening = 0 // it depends on the wire
	}
	need, now := int64(o.Clients)*connectionBytes+opening*openingBytes, n.Footprint()
	if now+need <= n.budget {
		return nil
	}
	left := max(0, n.budget-now)
	return &LimitError{"Clients", o.Clients, fmt.Sprintf("%d or fewer: %s of this machine's memory are needed, and of the budget of %s are left %s",
		max(0, int64(float64(o.Clients)*float64(left)/float64(need))), inBytes(need), inBytes(n.budget), inBytes(left))}
}

// inBytes writes a number of bytes with three digits that count.
func inBytes(n int64) string {
	units := [...]string{"B", "kB", "MB", "GB", "TB", "PB"}
	x, u := float64(n), 0
	for x >= 999.5 && u < len(units)-1 {
		x, u = x/1000, u+1
	}
	switch {
	case u == 0 || x >= 99.95:
		return fmt.Sprintf("%.0f %s", x, units[u])
	case x >= 9.995:
		return fmt.Sprintf("%.1f %s", x, units[u])
	}
	return fmt.Sprintf("%.2f %s", x, units[u])
}

// Footprint is how much memory the network takes in this process, in bytes:
// the tables of its hosts, the frames on its wires, its pending events. Like
// everything else it depends on the seed and the calls alone, so it is a number
// for a lesson; what the system says of the whole process is somewhat more.
// The tape and programs' own variables are not in it.
func (n *Network) Footprint() int64 {
	all := n.sim.Bytes() + n.frames.size() + n.waits.size()
	for _, h := range n.hosts {
		all += h.Footprint() - int64(h.mem.bytes) // that lies among the frames
	}
	return all
}

// Footprint is the host's part of [Network.Footprint].
func (h *Host) Footprint() int64 {
	all := h.conns.size() + int64(h.mem.bytes) + h.ports.buckets.size() +
		h.socks.size() + h.traffic.size() + h.listeners.size() + h.requests.size() + h.skbs.size() + h.sents.size() + h.holes.size() +
		h.optionSlab.size() + h.nulls.size() + h.pipes.size() + h.epolls.size() + h.items.size() + h.pipePages.size()
	for _, p := range h.procs {
		all += int64(cap(p.fds.files))*4 + int64(cap(p.fds.used)+cap(p.fds.full))*8
	}
	for _, l := range h.loads {
		all += int64(cap(l.socks)) * 4
	}
	return all
}

// size is the memory of a slab, in bytes.
func (s *slab[T]) size() int64 {
	var one T
	n := 0
	for _, c := range s.chunks {
		if c != s.zero {
			n++
		}
	}
	if s.zero != nil {
		n++
	}
	if s.spare != nil {
		n++
	}
	return int64(n)*slabChunk*int64(unsafe.Sizeof(one)) + int64(cap(s.free))*4
}

func (m *bufStore) size() int64 {
	all := int64(0)
	for _, c := range m.class {
		all += int64(len(c.chunks))*bufArena + int64(cap(c.free))*4
	}
	return all
}

func (t *connTable) size() int64 {
	return int64(len(t.fill))*(int64(unsafe.Sizeof(connSegment{}))+2) + int64(cap(t.dir))*12 + int64(cap(t.scratch))*8
}
