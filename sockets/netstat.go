package sockets

import (
	"fmt"
	"strings"
)

// SocketRow is a socket as ss shows it.
type SocketRow struct {
	State State
	// RecvQ and SendQ of a connection are bytes: not yet read, and not yet
	// acknowledged. Of a listener: connections in the accept queue, and its
	// backlog.
	RecvQ, SendQ int
	Local, Peer  SockAddr
	Processes    string // who holds it: server[1000] fd 3
}

// SocketRows is a snapshot of sockets that prints as `ss -tanp` does.
type SocketRows []SocketRow

// Sockets is every TCP socket of the host that has an address, half-open
// connections included: listeners first, then in the order of their making.
func (h *Host) Sockets() SocketRows {
	holders := h.holders()
	var listening, rest SocketRows
	h.socks.each(func(i uint32, s *sock) {
		if s.state == 0 || s.state == Closed {
			return
		}
		r := SocketRow{State: s.state, Local: h.local(s), Peer: h.remote(s), Processes: holders[i]}
		if s.state == Listen {
			l := h.listeners.at(s.traffic)
			r.RecvQ, r.SendQ = int(l.ready), int(l.backlog)
			listening = append(listening, r)
			return
		}
		if s.traffic != 0 {
			t := h.traffic.at(s.traffic)
			r.RecvQ, r.SendQ = int(t.rcvBytes), int(t.sndBytes)
		}
		rest = append(rest, r)
	})
	h.requests.each(func(_ uint32, q *request) {
		if q.lport != 0 {
			rest = append(rest, SocketRow{State: SynRecv, Local: h.localOf(q), Peer: h.remoteOf(q)})
		}
	})
	return append(listening, rest...)
}

// holders says for each socket which process has it under which number.
func (h *Host) holders() map[uint32]string {
	m := map[uint32]string{}
	for _, p := range h.procs {
		for fd, e := range p.fds.files {
			if e&fdKind == kindSock {
				i := uint32(e & fdIndex)
				if m[i] != "" {
					m[i] += ", "
				}
				m[i] += p.String() + " fd " + itoa(fd)
			}
		}
	}
	return m
}

// ssNames are the states as ss spells them.
var ssNames = [...]string{"UNKNOWN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"}

// SS is the state's name in ss.
func (s State) SS() string { return ssNames[s] }

// String has the columns of ss.
func (r SocketRows) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-11s%-8s%-8s%-24s%-24s%s\n", "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port", "Process")
	for _, s := range r {
		peer := s.Peer.String()
		if s.State == Listen {
			peer = "0.0.0.0:*"
		}
		line := fmt.Sprintf("%-11s%-8d%-8d%-24s%-24s%s", s.State.SS(), s.RecvQ, s.SendQ, s.Local, peer, s.Processes)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// In is the rows in one state.
func (r SocketRows) In(state State) SocketRows {
	var rows SocketRows
	for _, s := range r {
		if s.State == state {
			rows = append(rows, s)
		}
	}
	return rows
}

// Summary is /proc/net/sockstat's line for TCP: sockets in use, those nobody
// holds, those in TIME-WAIT, and all that are allocated.
type Summary struct {
	InUse, Orphan, TimeWait, Alloc int
}

// Sockstat is a summary of the host's TCP sockets, as /proc/net/sockstat has
// it.
func (h *Host) Sockstat() Summary {
	var m Summary
	h.socks.each(func(_ uint32, s *sock) {
		switch {
		case s.state == 0:
		case s.state == TimeWait:
			m.TimeWait++
		default:
			m.Alloc++
			if s.state != Closed {
				m.InUse++
			}
			if s.refs == 0 && s.flags&flagQueued == 0 && s.state != Closed {
				m.Orphan++
			}
		}
	})
	return m
}

// String is the line itself.
func (m Summary) String() string {
	return fmt.Sprintf("TCP: inuse %d orphan %d tw %d alloc %d", m.InUse, m.Orphan, m.TimeWait, m.Alloc)
}

// PortsInUse is how many different local TCP ports the host's sockets have.
func (h *Host) PortsInUse() int { return h.ports.buckets.live }
