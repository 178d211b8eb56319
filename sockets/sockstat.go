package sockets

import "fmt"

// Summary is how many sockets a host has: /proc/net/sockstat, with the last
// lines of /proc/net/sockstat6.
type Summary struct {
	Used int // of all kinds, but those that only wait

	// Of TCP: InUse have an address and are in the tables, IPv4 and IPv6;
	// nobody holds Orphan; TimeWait only wait; Alloc have their memory.
	InUse, InUse6, Orphan, TimeWait, Alloc int
	Mem                                    int // pages their data takes

	UDP, UDP6 int // with a port
	UDPMem    int // pages

	Raw, Raw6 int

	Frag, Frag6       int // packets of which not all fragments have come
	FragMem, Frag6Mem int // bytes they take
}

// Sockstat is a summary of the host's sockets.
func (h *Host) Sockstat() Summary {
	var m Summary
	var tcp, udp uint64
	h.socks.each(func(_ uint32, s *sock) {
		if s.state == 0 {
			return
		}
		if s.state != TimeWait {
			m.Used++
		}
		switch {
		case s.proto == protoTCP:
			m.tcp(s)
			tcp += h.charge(s)
		case s.proto == protoUDP && s.flags&flagHashed != 0:
			pick(s.six(), &m.UDP6, &m.UDP)
			udp += h.charge(s)
		case s.proto == protoRaw && s.refs > 0:
			pick(s.six(), &m.Raw6, &m.Raw)
		}
	})
	m.Mem, m.UDPMem = pages(tcp), pages(udp)
	for _, q := range h.frags.list {
		switch {
		case q == nil:
		case q.key.six:
			m.Frag6, m.Frag6Mem = m.Frag6+1, m.Frag6Mem+q.bytes
		default:
			m.Frag, m.FragMem = m.Frag+1, m.FragMem+q.bytes
		}
	}
	return m
}

func (m *Summary) tcp(s *sock) {
	if s.state == TimeWait {
		m.TimeWait++
		return
	}
	m.Alloc++
	if s.state == Closed {
		return
	}
	pick(s.six(), &m.InUse6, &m.InUse)
	if s.refs == 0 && s.flags&flagQueued == 0 {
		m.Orphan++
	}
}

// pick counts in one of two places.
func pick(first bool, a, b *int) {
	if first {
		*a++
	} else {
		*b++
	}
}

// charge is the bytes of data in a socket's queues.
func (h *Host) charge(s *sock) uint64 {
	if s.traffic == 0 || s.state == Listen {
		return 0
	}
	t := h.traffic.at(s.traffic)
	return uint64(t.rcvBytes) + uint64(t.sndBytes)
}

// pages is bytes in pages of 4 KiB, rounded up.
func pages(bytes uint64) int { return int((bytes + 4095) / 4096) }

// String is /proc/net/sockstat.
func (m Summary) String() string {
	return fmt.Sprintf("sockets: used %d\nTCP: inuse %d orphan %d tw %d alloc %d mem %d\nUDP: inuse %d mem %d\nUDPLITE: inuse 0\nRAW: inuse %d\nFRAG: inuse %d memory %d\n",
		m.Used, m.InUse, m.Orphan, m.TimeWait, m.Alloc, m.Mem, m.UDP, m.UDPMem, m.Raw, m.Frag, m.FragMem)
}

// String6 is /proc/net/sockstat6.
func (m Summary) String6() string {
	return fmt.Sprintf("TCP6: inuse %d\nUDP6: inuse %d\nUDPLITE6: inuse 0\nRAW6: inuse %d\nFRAG6: inuse %d memory %d\n", m.InUse6, m.UDP6, m.Raw6, m.Frag6, m.Frag6Mem)
}
