package sockets

import (
	"socketbook/sockets/wire"
)

// udpTable is the UDP sockets that have a port, by port: a list of sockets
// through sock.link, the newest first.
type udpTable struct {
	pages [256]*[256]uint32
}

func (t *udpTable) at(port uint16) *uint32 {
	page := t.pages[port>>8]
	if page == nil {
		page = new([256]uint32)
		t.pages[port>>8] = page
	}
	return &page[port&255]
}

// getUDPPort gives a datagram socket a port, 0 for any (udp_lib_get_port).
func (h *Host) getUDPPort(i uint32, s *sock, port uint16) Errno {
	how, uid := h.how(s), h.uidOf(s)
	if port == 0 {
		low, high := h.portRange(s)
		count := high - low + 1
		start := h.random.IntN(count)
		for n := 0; n < count && port == 0; n++ {
			if p := low + (start+n)%count; !h.reserved(p) && !h.udpConflict(i, s, uint16(p), how, uid, true) {
				port = uint16(p)
			}
		}
		if port == 0 {
			return EADDRINUSE
		}
	} else if h.udpConflict(i, s, port, how, uid, false) {
		return EADDRINUSE
	}
	s.lport = port
	head := h.udp.at(port)
	s.link, *head = *head, i
	s.flags |= flagHashed
	return 0
}

// udpConflict is udp_lib_lport_inuse. When any port will do, two that could
// only share by SO_REUSEPORT do not.
func (h *Host) udpConflict(i uint32, s *sock, port uint16, how bound, uid uint32, any bool) bool {
	for k := *h.udp.at(port); k != 0; {
		o := h.socks.at(k)
		other := h.how(o)
		if k != i && !(other.reuse && how.reuse) && addrsMeet(s.laddr, how, o.laddr, other) {
			if !other.reusePort || !how.reusePort || uid != h.uidOf(o) {
				return true
			}
			if !any {
				return false
			}
		}
		k = o.link
	}
	return false
}

// udpUnhash takes a socket out of the table.
func (h *Host) udpUnhash(i uint32, s *sock) {
	if s.flags&flagHashed == 0 {
		return
	}
	for at := h.udp.at(s.lport); *at != 0; at = &h.socks.at(*at).link {
		if *at == i {
			*at = s.link
			break
		}
	}
	s.link = 0
	s.flags &^= flagHashed
}

// udpLookup finds the socket for a datagram that has come from src to dst
// (__udp4_lib_lookup): of those whose addresses fit, the one that names most
// of them. Of equals the newest, or with SO_REUSEPORT the one the hash of the
// pair chooses.
func (h *Host) udpLookup(src, dst wire.Addr4, sport, dport uint16) uint32 {
	for _, at := range [2]wire.Addr4{dst, 0} {
		best, score := uint32(0), 0
		for k := *h.udp.at(dport); k != 0; {
			s := h.socks.at(k)
			if s.laddr == at {
				if n := h.udpScore(s, src, dst, sport); n > score {
					best, score = k, n
				}
			}
			k = s.link
		}
		if best != 0 {
			return h.udpSpread(best, score, at, src, dst, sport, dport)
		}
	}
	return 0
}

// udpScore is compute_score: 0 for a socket the datagram is not for.
func (h *Host) udpScore(s *sock, src, dst wire.Addr4, sport uint16) int {
	six := isSix(dst)
	if s.laddr == 0 {
		if six && (!s.six() || s.flags&flagMapped != 0) || !six && s.six() && h.options(s).v6only {
			return 0
		}
	}
	score := 1
	if s.six() == six {
		score = 2
	}
	if s.raddr != 0 {
		if s.raddr != src {
			return 0
		}
		score += 4
	}
	if s.rport != 0 {
		if s.rport != sport {
			return 0
		}
		score += 4
	}
	return score
}

// udpSpread lets a group of SO_REUSEPORT sockets share the datagrams. A
// connected one takes its own and no others.
func (h *Host) udpSpread(best uint32, score int, at, src, dst wire.Addr4, sport, dport uint16) uint32 {
	b := h.socks.at(best)
	if !h.options(b).reusePort || b.rport != 0 {
		return best
	}
	var group []uint32
	for k := *h.udp.at(dport); k != 0; k = h.socks.at(k).link {
		s := h.socks.at(k)
		if s.laddr == at && h.options(s).reusePort && s.rport == 0 && s.six() == b.six() &&
			h.uidOf(s) == h.uidOf(b) && h.udpScore(s, src, dst, sport) == score {
			group = append(group, k)
		}
	}
	n := uint64(h.keyed(dst, src, dport, sport, 1)) * uint64(len(group)) >> 32
	return group[len(group)-1-int(n)]
}

// udpReceive puts a datagram into its socket's receive queue: the buffer the
// card wrote, nothing copied. A queue that is full drops it.
func (h *Host) udpReceive(p *packet, u wire.UDP, payload []byte) {
	i := h.udpLookup(p.src, p.dst, u.SrcPort, u.DstPort)
	if h.net.tape != nil {
		h.net.tape.udpLookup(h, p, i)
	}
	if i == 0 {
		one(p.six(), &h.stats.UdpNoPorts, &h.stats.Udp6NoPorts)
		h.dropped(p, "nobody has port "+itoa(int(u.DstPort))+": "+udpName(p.six())+"NoPorts")
		h.portUnreachable(p)
		return
	}
	s := h.socks.at(i)
	t := h.busy(s)
	charge := truesize(int(p.off + p.len))
	if int(t.rcvCharge)+charge > int(h.options(s).rcvBuf) && t.rcvCount > 0 {
		one(p.six(), &h.stats.UdpRcvbufErrors, &h.stats.Udp6RcvbufErrors)
		one(p.six(), &h.stats.UdpInErrors, &h.stats.Udp6InErrors)
		h.dropped(p, "receive buffer full: "+udpName(p.six())+"RcvbufErrors")
		return
	}
	h.hang(&t.rcvHead, &t.rcvTail, skb{buf: p.buf, off: p.off + wire.UDPLen, len: uint32(len(payload)), from: p.src, port: u.SrcPort})
	t.rcvBytes += uint32(len(payload))
	t.rcvCount++
	t.rcvCharge += uint32(charge)
	if h.net.tape != nil {
		h.net.tape.datagram(h, StationReceive, p, itoa(int(t.rcvCount))+" datagrams unread, none copied")
	}
	p.buf = 0
	h.wake(i, s, newsData)
}

// truesize is what a packet of n bytes is charged against a receive buffer:
// the kmalloc class of its data with the shared info behind it, and the
// sk_buff itself (include/linux/skbuff.h SKB_TRUESIZE).
func truesize(n int) int {
	const head, shared = 256, 320 // struct sk_buff, struct skb_shared_info
	return ceilPow2(n+shared) + head
}

// dropped puts a lost packet on the tape.
func (h *Host) dropped(p *packet, why string) {
	if h.net.tape != nil {
		h.net.tape.datagram(h, StationDrop, p, why)
	}
}

// recvError takes the first entry of the error queue (ip_recv_error): the data
// of the datagram that came back, and where it was going. What had happened to
// it would be ancillary data, which this kernel does not have.
func (h *Host) recvError(i uint32, s *sock, buf []byte) (n, out int, to *SockAddr, e Errno) {
	if s.state == Listen || s.traffic == 0 || h.traffic.at(s.traffic).errHead == 0 {
		return -1, 0, nil, EAGAIN
	}
	t := h.traffic.at(s.traffic)
	k := t.errHead
	b := h.skbs.at(k)
	n = copy(buf, h.mem.of(b.buf)[b.off:b.off+b.len])
	out = MSG_ERRQUEUE | MSG_CTRUNC
	if n < int(b.len) {
		out |= MSG_TRUNC
	}
	a := sockaddr4(b.from, b.port)
	if s.six() {
		a = h.net.sockaddr6(b.from, b.port)
	}
	s.err = 0
	if t.errHead = b.next; t.errHead == 0 {
		t.errTail = 0
	} else {
		s.err = h.skbs.at(t.errHead).err
		h.wake(i, s, newsError)
	}
	h.mem.release(b.buf)
	h.skbs.release(k)
	h.rest(0, s)
	return n, out, &a, 0
}

// udpConnect is connect of a UDP socket, which needs a port first.
func (h *Host) udpConnect(i uint32, s *sock, a SockAddr) Errno {
	if a.length() < 2 {
		return EINVAL
	}
	if a.Family == AF_UNSPEC {
		h.udpDisconnect(i, s)
		return 0
	}
	if !h.hasPort(s) {
		if e := h.getUDPPort(i, s, 0); e != 0 {
			return EAGAIN
		}
	}
	return h.connectDatagrams(s, a)
}

// connectDatagrams fixes the peer of a socket that sends datagrams, raw ones
// too (__ip4_datagram_connect).
func (h *Host) connectDatagrams(s *sock, a SockAddr) Errno {
	to, e := h.destinationOf(s, a, false)
	if e != 0 {
		return e
	}
	c, e := h.datagramWay(s, to)
	if e != 0 {
		return e
	}
	s.raddr, s.rport, s.state = to, a.Port, Established
	if s.laddr == 0 {
		s.laddr = h.source(c, to)
	}
	return 0
}

// datagramWay is the way a datagram takes, or why it may not.
func (h *Host) datagramWay(s *sock, to wire.Addr4) (*nic, Errno) {
	c, e := h.way(s, to)
	if e == 0 {
		e = h.broadcastError(s, to)
	}
	return c, e
}

// broadcastError refuses the broadcast address without SO_BROADCAST.
func (h *Host) broadcastError(s *sock, to wire.Addr4) Errno {
	if (to == 0xffffffff || to == 0x7fffffff) && !h.options(s).broadcast {
		return EACCES
	}
	return 0
}

// udpDisconnect is connect to AF_UNSPEC (__udp_disconnect).
func (h *Host) udpDisconnect(i uint32, s *sock) {
	s.state = Closed
	s.raddr, s.rport = 0, 0
	if s.flags&flagAddr == 0 {
		s.laddr = 0
	}
	if s.flags&flagPort == 0 {
		h.udpUnhash(i, s)
		s.lport = 0
	}
}
