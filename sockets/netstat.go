package sockets

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// SocketRow is a socket as ss shows it.
type SocketRow struct {
	State State
	// RecvQ and SendQ of a connection are bytes: not yet read, and not yet
	// acknowledged. A SYN or a FIN counts as one. Of a listener: connections
	// in the accept queue, and its backlog.
	RecvQ, SendQ int
	Local, Peer  SockAddr
	Processes    string   // who holds it: users:(("server",pid=1000,fd=3))
	V6Only       bool     // an IPv6 socket that takes no IPv4
	TCP          *TCPInfo // what ss -i shows, where [Host.SocketsInfo] was asked; else nil
}

// SocketRows is a snapshot of sockets that prints as `ss -tanp` does.
type SocketRows []SocketRow

// Sockets is every TCP socket of the host that has an address, half-open
// connections included: listeners first, then in the order of their making.
func (h *Host) Sockets() SocketRows { return h.SocketsWhere(SocketFilter{}) }

// SocketsWhere is those of [Host.Sockets] that a filter lets pass.
func (h *Host) SocketsWhere(f SocketFilter) SocketRows { return h.socketRows(f, false) }

// SocketsInfo is the same with what `ss -i` shows beside: [SocketRow.TCP].
func (h *Host) SocketsInfo(f SocketFilter) SocketRows { return h.socketRows(f, true) }

func (h *Host) socketRows(f SocketFilter, info bool) SocketRows {
	v := f.sieve()
	var listeners, others, half []uint32
	h.socks.each(func(i uint32, s *sock) {
		switch {
		case s.proto != protoTCP || s.state == 0 || s.state == Closed || !v.lets(s.state, s.lport, s.rport):
		case v.asksAddrs() && !v.letsAddrs(h.local(s), h.remote(s)):
		case s.state == Listen:
			listeners = append(listeners, i)
		default:
			others = append(others, i)
		}
	})
	h.requests.each(func(i uint32, q *request) {
		if q.lport != 0 && v.lets(SynRecv, q.lport, q.rport) && (!v.asksAddrs() || v.letsAddrs(h.localOf(q), h.remoteOf(q))) {
			half = append(half, i)
		}
	})
	list := append(listeners, others...)
	rows := make(SocketRows, len(list), len(list)+len(half))
	held, idle := h.holders(list), &traffic{}
	for k, i := range list {
		s, r := h.socks.at(i), &rows[k]
		*r = h.row(s, held[k])
		if s.state == Listen {
			l := h.listeners.at(s.traffic)
			r.RecvQ, r.SendQ = int(l.ready), int(l.backlog)
		} else {
			t := idle
			if s.traffic != 0 {
				t = h.traffic.at(s.traffic)
			}
			r.RecvQ, r.SendQ = int(t.rcvBytes)+s.finUnread(), h.unacknowledged(s, t)
		}
		if info && s.state != Listen {
			o := h.tcpInfo(s)
			r.TCP = &o
		}
	}
	for _, i := range half {
		q := h.requests.at(i)
		rows = append(rows, SocketRow{State: SynRecv, Local: h.localOf(q), Peer: h.remoteOf(q)})
	}
	return rows
}

// row is what every kind of socket has to show.
func (h *Host) row(s *sock, holders string) SocketRow {
	r := SocketRow{State: s.state, Local: h.local(s), Peer: h.remote(s), Processes: holders}
	r.V6Only = s.six() && h.options(s).v6only
	return r
}

// finUnread is 1 while the peer's FIN, which has a sequence number like a byte,
// has come and no read has met it: ss counts rcv_nxt - copied_seq.
func (s *sock) finUnread() int {
	if s.flags&(flagEOF|flagFinRead) != flagEOF || s.over() {
		return 0
	}
	return 1
}

// UDPSockets is every UDP socket of the host that has a port, by port. It
// prints as `ss -uanp` does. RecvQ is what the unread datagrams cost in kernel
// memory, SendQ what those cost that the device has not sent yet.
func (h *Host) UDPSockets() SocketRows {
	var list []uint32
	h.socks.each(func(i uint32, s *sock) {
		if s.proto == protoUDP && s.flags&flagHashed != 0 {
			list = append(list, i)
		}
	})
	held := h.holders(list)
	rows := make(SocketRows, len(list))
	for k, i := range list {
		s, r := h.socks.at(i), &rows[k]
		*r = h.row(s, held[k])
		if r.State = Closed; s.rport != 0 {
			r.State = Established
		}
		if s.traffic != 0 {
			r.RecvQ, r.SendQ = int(h.traffic.at(s.traffic).rcvCharge), int(h.traffic.at(s.traffic).sendCharge)
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Local.Port < rows[j].Local.Port })
	return rows
}

// holders says for each socket of a list which process has it under which
// number, as ss does: who came last is first.
func (h *Host) holders(list []uint32) []string {
	held := make([]string, len(list))
	place := make([]uint32, h.socks.next) // of a socket in the list, from 1 on
	for k, i := range list {
		place[i] = uint32(k) + 1
	}
	var b []byte
	for _, p := range slices.Backward(h.procs) {
		name := strconv.AppendQuote(nil, p.comm())
		for fd, e := range slices.Backward(p.fds.files) {
			if e&fdKind != kindSock || place[e&fdIndex] == 0 {
				continue
			}
			w := &held[place[e&fdIndex]-1]
			b = append(b[:0], "users:("...)
			if *w != "" {
				b = append(append(b[:0], (*w)[:len(*w)-1]...), ',')
			}
			b = append(append(append(b, '('), name...), ",pid="...)
			b = append(strconv.AppendInt(b, int64(p.pid), 10), ",fd="...)
			b = append(strconv.AppendInt(b, int64(fd), 10), "))"...)
			*w = string(b)
		}
	}
	return held
}

// comm is the process's name as the kernel keeps it: TASK_COMM_LEN is 16, with
// the 0 at its end (include/linux/sched.h).
func (p *Process) comm() string { return p.name[:min(len(p.name), 15)] }

// ssNames are the states as ss spells them.
var ssNames = [...]string{"UNKNOWN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"}

// SS is the state's name in ss.
func (s State) SS() string { return ssNames[s] }

// String has the columns of ss: each as wide as its longest entry, addresses
// flush with their colon.
func (r SocketRows) String() string {
	lines := [][7]string{{"State", "Recv-Q", "Send-Q", "Local Address", "Port", "Peer Address", "Port"}}
	users := []string{"Process"}
	for _, s := range r {
		l := [7]string{s.State.SS(), itoa(s.RecvQ), itoa(s.SendQ)}
		l[3], l[4] = s.ends(s.Local)
		l[5], l[6] = s.ends(s.Peer)
		lines, users = append(lines, l), append(users, s.Processes)
	}
	var wide [7]int
	for _, l := range lines {
		for i := range l {
			wide[i] = max(wide[i], len(l[i]))
		}
	}
	var b strings.Builder
	for i, l := range lines {
		line := fmt.Sprintf("%-*s %-*s %-*s %*s:%-*s %*s:%-*s %s", wide[0], l[0], wide[1], l[1], wide[2], l[2],
			wide[3], l[3], wide[4], l[4], wide[5], l[5], wide[6], l[6], users[i])
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// ends is an address and a port as ss -n prints them. An IPv6 wildcard that
// takes IPv4 as well is a star.
func (r SocketRow) ends(a SockAddr) (host, port string) {
	host, port = a.AddrPort().Addr().String(), itoa(int(a.Port))
	if a.Family == AF_INET6 {
		host = "[" + host + "]"
		if a.Addr == ([16]byte{}) && !r.V6Only {
			host = "*"
		}
	}
	if a.Port == 0 {
		port = "*"
	}
	return host, port
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

// PortsInUse is how many different local TCP ports the host's sockets have.
func (h *Host) PortsInUse() int { return h.ports.inUse }
