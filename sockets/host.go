package sockets

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Host is one simulated Linux machine.
type Host struct {
	net    *Network
	id     int
	name   string
	limits Limits
	tap    *Tap         // it is only the name and addresses of a tap
	ranges []addrRange  // the addresses it answers to
	sixes  []wire.Addr4 // and those of IPv6, by number
	friend wire.Addr4   // the last address found to be one of them
	alien  wire.Addr4   // and the last found to be none, nor one of lo's
	routes []routeEntry // the longest prefix first

	// ground floor: hardware and driver
	cpus []*cpu
	lo   *nic
	nics []*nic
	mem  buffers // kernel memory that holds packets

	// first floor: protocols
	conns connTable
	ports portTable
	udp   udpTable
	seg   segment // the one segment being looked at
	hint  hint    // what goes with the segment being sent
	// of an empty receive buffer, without timestamps and with, see isUsual
	usualWindow [2]uint32
	acting      uint32   // the socket or request at work, for hints: no more than a guess
	opts        [40]byte // scratch for the options of a SYN
	acks        [64]ackSent
	quiet       [quietPlaces]uint32 // sockets that keep their traffic, though nothing is under way
	ways        [ways]way
	quietNext   uint32
	secret      uint64 // of the initial sequence numbers
	random      *sim.Stream
	tcpTimer    sim.Handler
	reqTimer    sim.Handler
	ackTimer    sim.Handler
	keepTimer   sim.Handler
	udpTimer    sim.Handler

	// second floor: sockets
	socks      slab[sock]
	traffic    slab[traffic]
	listeners  slab[listener]
	requests   slab[request]
	skbs       slab[skb]
	sents      slab[sent]
	holes      slab[holes]
	sendings   slab[sending]
	defaults   [protoOthers]sockOptions
	optionSlab slab[sockOptions]
	nulls      slab[nullFile]
	pipes      slab[pipe]
	epolls     slab[epoll]
	items      slab[epollItem]
	pipePages  slab[pipePage]

	// top floor: the system-call table
	procs []*Process
	files int64 // open files of the whole host, against fs.file-max
	waits int   // sockets in TIME-WAIT, which are small
	slack int64 // bytes that may be taken before memory is summed up again
	loads []*Load
	news  []uint32 // sockets of crowds with something to tell

	// files: what few have, and is kept beside them
	moreRefs   map[uint32]uint32  // of sockets with very many descriptors
	owners     map[file]fileOwner // F_SETOWN, F_SETSIG
	pipeRules  pipeLimits
	watches    map[uint32]int64 // epoll items, by user
	maxWatches int64            // fs.epoll.max_user_watches
	checks     uint32           // how often epolls were looked at for circles

	// kernel settings that are not among the limits
	autobindReuse bool          // net.ipv4.ip_autobind_reuse
	bindv6only    bool          // net.ipv6.bindv6only
	twReuse       int           // net.ipv4.tcp_tw_reuse
	twReuseDelay  time.Duration // net.ipv4.tcp_tw_reuse_delay
	reservedPorts *[1024]uint64 // net.ipv4.ip_local_reserved_ports

	icmp   icmpLimits // how often it complains
	neighs neighTable // whose address is whose card
	frags  fragTable  // packets that are not whole yet
	paths  pathMTUs   // what routers have said
	narrow bool       // some packets must be smaller than Ethernet's
	lastID uint32     // of a packet that may be cut

	sys      settings  // all the others
	sides    sideTable // options that few sockets have
	cookies  uint64    // SO_COOKIE given out
	lastPing uint16    // identifiers of echo requests given out

	// the CPUs' time, where it counts (see cpu.go)
	charged       bool          // work has its costs
	debt          time.Duration // done, and not yet paid for
	copiesPaid    uint64        // bytes whose copies are paid for
	runq          []task        // programs that wait for a CPU, in order
	netBudget     int           // net.core.netdev_budget
	netBudgetTime time.Duration // net.core.netdev_budget_usecs

	gso   uint16 // payload of each frame the card is to cut the next packet into; 0: none
	stats Stats
}

type addrRange struct{ lo, hi wire.Addr4 }

// NewHost builds a host, in boot order. Its first address is given out
// automatically: 10.0.0.1, 10.0.0.2 and so on.
func (n *Network) NewHost(name string, l Limits) *Host {
	if err := l.Validate(); err != nil {
		n.fail(fmt.Errorf("host %q: %w", name, err))
		l = Limits{}
	}
	if n.Host(name) != nil {
		n.fail(&LimitError{"host name", strconv.Quote(name), "a name no other host of the network has"})
	}
	h := &Host{net: n, id: len(n.hosts) + 1, name: name, limits: l.WithDefaults()}
	n.hosts = append(n.hosts, h)
	addr := n.nextAddr()
	h.ranges, h.friend = []addrRange{{addr, addr}}, addr
	h.bootCPUs()
	h.mem.bufStore = n.frames.bufStore
	h.lo = newLoopback(h) // the device every host has
	h.conns.init()        // established connections, by five-tuple
	h.sys.init(h.limits)
	for k := range h.defaults {
		h.defaults[k] = h.defaultOptions(protocol(k))
	}
	h.windows()
	h.twReuse, h.twReuseDelay = 2, time.Second // net/ipv4/tcp_ipv4.c tcp_sk_init
	h.random = n.sim.Stream(uint64(h.id))      // its own luck
	h.secret = h.random.Uint64()               // so that nobody guesses a sequence number
	h.tcpTimer = n.sim.Handle(h.timeout)       // retransmission and TIME_WAIT (door 3)
	h.reqTimer = n.sim.Handle(h.synTimeout)    // a SYN-ACK without answer
	h.ackTimer = n.sim.Handle(h.ackTimeout)    // a delayed acknowledgement
	h.keepTimer = n.sim.Handle(h.keepaliveTimeout)
	h.udpTimer = n.sim.Handle(h.udpLeft) // a datagram that has left
	h.fileDefaults()
	return h
}

// nextAddr is the next address from 10.0.0.1 on that no host has.
func (n *Network) nextAddr() wire.Addr4 {
	for n.lastAddr++; ; n.lastAddr++ {
		taken := n.holder(addrRange{n.lastAddr, n.lastAddr})
		if taken == nil {
			return n.lastAddr
		}
		for _, r := range taken.ranges {
			if r.lo <= n.lastAddr && n.lastAddr <= r.hi {
				n.lastAddr = r.hi
			}
		}
	}
}

// holder is a host that has one of these addresses, nil if none has.
func (n *Network) holder(r addrRange) *Host {
	for _, h := range n.hosts {
		for _, o := range h.ranges {
			if r.lo <= o.hi && o.lo <= r.hi {
				return h
			}
		}
	}
	return nil
}

// Name is the name the host was made with.
func (h *Host) Name() string { return h.name }

// Limits are the host's limits with every default filled in.
func (h *Host) Limits() Limits { return h.limits }

// Addr is the host's first address with a port.
func (h *Host) Addr(port uint16) SockAddr {
	return sockaddr4(h.ranges[0].lo, port)
}

// AddAddrs gives the host count more addresses, first, first+1 and so on, as
// `ip addr add` would. A client needs them when one address has too few ports.
func (h *Host) AddAddrs(first string, count int) error {
	lo, err := wire.ParseAddr4(first)
	if err != nil {
		return &LimitError{"address", strconv.Quote(first), "an IPv4 address, as in 10.1.0.1"}
	}
	if count < 1 || uint64(lo)+uint64(count) > 1<<32 {
		return &LimitError{"count", count, "1 to as many as fit below 255.255.255.255"}
	}
	r := addrRange{lo, lo + wire.Addr4(count-1)}
	if lo>>24 == 0 || r.hi>>24 >= 224 || lo>>24 <= 127 && r.hi>>24 >= 127 {
		return &LimitError{"address", fmt.Sprintf("%v to %v", r.lo, r.hi),
			"1.0.0.0 to 223.255.255.255, without 127.0.0.0/8, which every host has"}
	}
	if other := h.net.holder(r); other != nil {
		return &LimitError{"addresses", fmt.Sprintf("%v to %v", r.lo, r.hi), "none that host " + other.name + " has"}
	}
	h.ranges, h.alien = append(h.ranges, r), 0
	return nil
}

// owns reports whether an address is one of the host's own (127.0.0.0/8
// aside). One packet asks it many times of the same address.
func (h *Host) owns(a wire.Addr4) bool {
	return a == h.friend || a != h.alien && h.find(a)
}

func (h *Host) find(a wire.Addr4) bool {
	for i := range h.ranges {
		if r := &h.ranges[i]; a-r.lo <= r.hi-r.lo {
			h.friend = a
			return true
		}
	}
	if isSix(a) && slices.Contains(h.sixes, a) {
		h.friend = a
		return true
	}
	if !isLoopback(a) {
		h.alien = a
	}
	return false
}

// AddAddr6 gives the host an IPv6 address, as `ip -6 addr add` would: one of
// fd00::/8 (unique local addresses, RFC 4193) for a network of one's own, or
// any other of a single host's. ::1 every host has.
func (h *Host) AddAddr6(addr string) error {
	a, err := netip.ParseAddr(addr)
	if err != nil || !a.Is6() || a.Zone() != "" || a.Is4In6() || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.IsLinkLocalUnicast() {
		return &LimitError{"address", strconv.Quote(addr), "an IPv6 address of one host, as in fd00::1; not ::, ::1, ff00::/8, fe80::/10 or ::ffff:0:0/96"}
	}
	if len(h.sixes) >= maxSixes {
		return &LimitError{"IPv6 addresses", len(h.sixes) + 1, "at most " + itoa(maxSixes) + " on a host (net.ipv6.conf.all.max_addresses)"}
	}
	n := h.net.six(a.As16())
	for _, o := range h.net.hosts {
		if slices.Contains(o.sixes, n) {
			return &LimitError{"address", addr, "none that host " + o.name + " has"}
		}
	}
	h.sixes, h.alien = append(h.sixes, n), 0
	return nil
}

// maxSixes bounds how many IPv6 addresses a host has: IPV6_MAX_ADDRESSES,
// include/net/addrconf.h.
const maxSixes = 16

// Addr6 is the host's first IPv6 address with a port; ::1 if it has none of its
// own.
func (h *Host) Addr6(port uint16) SockAddr {
	if len(h.sixes) == 0 {
		return h.net.sockaddr6(six1, port)
	}
	return h.net.sockaddr6(h.sixes[0], port)
}

// answersTo reports whether a packet for the address is for this host, and a
// socket may be bound to it. Of IPv6 every host has ::1.
func (h *Host) answersTo(a wire.Addr4) bool {
	return a == 0 || isLoopback(a) || h.owns(a)
}

func itoa(n int) string { return strconv.Itoa(n) }
