package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Path MTU discovery (RFC 1191, RFC 8201): packets go out whole and marked
// "don't fragment"; a router that cannot send one on says how long it may be;
// the host remembers that for ten minutes. Where no such message comes back (a
// black hole) long packets are lost and short ones are not.

// pathMTUs are what routers have said, by destination: struct fib_nh_exception.
type pathMTUs map[wire.Addr4]pathMTU

type pathMTU struct {
	mtu    int
	locked bool // below the least we believe: then routers may cut
	until  sim.Time
}

// maxPaths bounds them: FNHE_HASH_SIZE lists of FNHE_RECLAIM_DEPTH,
// include/net/ip_fib.h, net/ipv4/route.c.
const maxPaths = 2048 * 5

// IP_MTU_DISCOVER, include/uapi/linux/in.h; IPV6_MTU_DISCOVER has the same.
const (
	pmtuDont      = 0 // let routers cut
	pmtuWant      = 1 // discover, and cut what is too long ourselves
	pmtuDo        = 2 // discover, and refuse what is too long
	pmtuProbe     = 3 // don't fragment, but the device's MTU counts
	pmtuInterface = 4 // the device's MTU, whatever routers say
	pmtuOmit      = 5 // likewise, and cut
)

// pathMTU is the largest packet for a destination: the device's MTU, or what a
// router has said.
func (h *Host) pathMTU(to wire.Addr4) (mtu int, locked bool) {
	c := h.net.route(h, to)
	if c == nil {
		return 1500, false
	}
	if len(h.paths) == 0 {
		return c.mtu, false
	}
	p, ok := h.paths[to]
	if !ok {
		return c.mtu, false
	}
	if p.until <= h.net.sim.Now() {
		delete(h.paths, to)
		return c.mtu, false
	}
	return min(c.mtu, p.mtu), p.locked
}

// pathMTUArrives is what a router says about its next wire
// (__ip_rt_update_pmtu, rt6_do_update_pmtu).
func (h *Host) pathMTUArrives(q *icmpQuote, icmp wire.ICMP) {
	six := isSix(q.dst)
	mtu := int(icmp.Rest & 0xffff)
	least := int(h.sysInt("net.ipv4.route.min_pmtu"))
	if six {
		mtu, least = int(icmp.Rest), 1280 // IPV6_MIN_MTU: RFC 8201 §4
	}
	now, locked := h.pathMTU(q.dst)
	if !h.owns(q.src) || mtu >= now || six && mtu < least {
		return
	}
	if mtu < least {
		mtu, locked = min(now, least), true
	}
	if h.paths == nil {
		h.paths = pathMTUs{}
	}
	if len(h.paths) >= maxPaths {
		clear(h.paths)
	}
	life := time.Duration(h.sysInt("net.ipv4.route.mtu_expires")) * time.Second
	h.narrow = true
	h.paths[q.dst] = pathMTU{mtu, locked, h.net.sim.Now().Add(life)}
	h.note(StationIP, "path MTU to "+h.net.addr(q.dst).String()+": "+itoa(mtu))
}

// discovery is what a socket wants of path MTU discovery towards an address.
func (h *Host) discovery(s *sock, to wire.Addr4) int64 {
	option := key(IPPROTO_IP, IP_MTU_DISCOVER)
	if isSix(to) {
		option = key(IPPROTO_IPV6, IPV6_MTU_DISCOVER)
	}
	if s.opts != 0 {
		if v := h.stored(s, option, -1); v >= 0 {
			return v
		}
	}
	if !isSix(to) && h.sysInt("net.ipv4.ip_no_pmtu_disc") != 0 {
		return pmtuDont
	}
	return pmtuWant
}

// packetMTU is how long a packet of a socket's may be, and what happens to a
// longer one: it is refused, or cut. df marks the packet (ip_dont_fragment,
// ip_sk_use_pmtu, ip_sk_ignore_df).
func (h *Host) packetMTU(c *nic, s *sock, to wire.Addr4, n int) (mtu int, df bool, e Errno) {
	how := h.discovery(s, to)
	mtu, locked := h.pathMTU(to)
	if how >= pmtuProbe {
		mtu, locked = c.mtu, false
	}
	if isSix(to) && how != pmtuDo && s.opts != 0 && h.stored(s, key(IPPROTO_IPV6, IPV6_DONTFRAG), 0) != 0 {
		how = pmtuDo
	}
	if n > mtu {
		if how == pmtuDo || how == pmtuProbe || how == pmtuInterface {
			return mtu, false, EMSGSIZE
		}
		return mtu, false, 0
	}
	return mtu, how == pmtuDo || how == pmtuProbe || how == pmtuWant && !locked, 0
}

// mtuReduced lets a connection make smaller segments from now on, and sends
// those in flight that are too long again, without blaming the network: no
// window shrinks for them (tcp_v4_mtu_reduced, tcp_simple_retransmit).
func (h *Host) mtuReduced(i uint32, s *sock) {
	if s.state == Listen || h.discovery(s, s.raddr) == pmtuDont {
		return
	}
	mss := s.fitMSS(h.maxSegment(s))
	if mss >= s.mss {
		return
	}
	s.mss = mss
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	h.syncMSS(s, t)
	if t.packetsOut == 0 || !s.state.IsSynchronized() {
		return
	}
	before := t.lostOut
	for k := t.recHead; k != 0; k = h.sents.at(k).next {
		if p := h.sents.at(k); p.marks&markSacked == 0 && p.end.Diff(p.seq) > int(p.segs)*int(mss) {
			h.markLost(t, p)
		}
	}
	if t.lostOut == before {
		return
	}
	if t.ca != caLoss {
		t.highSeq = t.sndNxt
		t.ssthresh = t.currentSsthresh()
		t.priorSsthresh, t.undoOn = 0, false
		h.setCA(s, t, caLoss)
	}
	h.resendLost(i, s, t)
}

// fitPath is a segment size cut to what one packet to an address may hold
// (tcp_mtu_to_mss, ipv4_default_advmss).
func (h *Host) fitPath(mss uint16, to wire.Addr4) uint16 {
	if !h.narrow && !isSix(to) {
		return mss // no wire here is narrower than Ethernet, and no router has said so
	}
	mtu, _ := h.pathMTU(to)
	room := mtu - (ipHeaders(to) - wire.EthernetLen) - wire.TCPLen
	return uint16(max(48, min(int(mss), room))) // net.ipv4.tcp_min_snd_mss
}

// shape gives a card what its link decides.
func (c *nic) shape(o LinkOptions) {
	c.mtu, c.arp = o.MTU, o.ARP || c.host.net.arp
	if c.mtu-wire.IPv4Len-wire.TCPLen < c.host.limits.MSS {
		c.host.narrow = true
	}
}
