package sockets

import (
	"fmt"
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"socketbook/sockets/wire"
)

// Where does a packet go? First to oneself. Then out of the link whose other
// end has the address: those are the connected routes, one for each address of
// a neighbour, so they are always the longest prefix, and nobody has to set
// them up. Last by the host's table, the longest prefix first.
//
//	to myself ─▶ lo      to a neighbour ─▶ its link      else ─▶ table: via, link, or an error

// Route is a line of a host's routing table: ip-route(8).
type Route struct {
	// To is the destination: an address, a prefix ("10.2.0.0/16", "fd02::/64"),
	// or "default", which is IPv6's default if Via or Src is an IPv6 address.
	To string

	// Via is the next hop, an address some link leads to. Empty: the
	// destination is itself on Link.
	Via string

	// Link is where it leaves. Nil: the link that leads to Via.
	Link *Link

	// Src is the source address of packets that take the route, if the program
	// names none. Empty: the host's first.
	Src string

	// Type is "unreachable" (EHOSTUNREACH) or "prohibit" (EACCES) for a route
	// that refuses; then nothing but To counts. Empty: a usual one.
	Type string
}

// routeEntry is a Route as the kernel looks it up.
type routeEntry struct {
	Route
	to   netip.Prefix
	via  wire.Addr4
	src  wire.Addr4
	out  *nic
	fail Errno
}

// maxRoutes bounds a table: it is looked through line by line.
const maxRoutes = 4096

// AddRoute adds a route, as `ip route add` does. The error is a *[LimitError].
func (h *Host) AddRoute(r Route) error {
	e, err := h.newRoute(r)
	if err != nil {
		return err
	}
	if len(h.routes) >= maxRoutes {
		return &LimitError{"routes", len(h.routes) + 1, "at most " + itoa(maxRoutes) + " on a host"}
	}
	for _, o := range h.routes {
		if o.to == e.to {
			return &LimitError{"To", r.To, "no destination that has a route already (EEXIST)"}
		}
	}
	h.routes = append(h.routes, e)
	sort.SliceStable(h.routes, func(i, j int) bool { return h.routes[i].to.Bits() > h.routes[j].to.Bits() })
	h.note(StationSyscall, "ip route add "+e.String())
	return nil
}

// DelRoute takes a route away, as `ip route del` does.
func (h *Host) DelRoute(to string) error {
	p, err := parsePrefix(to, false)
	if err != nil && to != "default" {
		return err
	}
	for i, o := range h.routes {
		if o.to == p || to == "default" && o.to.Bits() == 0 {
			h.routes = append(h.routes[:i], h.routes[i+1:]...)
			h.note(StationSyscall, "ip route del "+to)
			return nil
		}
	}
	return &LimitError{"To", to, "a destination that has a route (ESRCH)"}
}

// parsePrefix reads a destination.
func parsePrefix(s string, six bool) (netip.Prefix, error) {
	if s == "default" {
		if six {
			return netip.PrefixFrom(netip.IPv6Unspecified(), 0), nil
		}
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0), nil
	}
	if p, err := netip.ParsePrefix(s); err == nil && p == p.Masked() && !p.Addr().Is4In6() {
		return p, nil
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" && !a.Is4In6() {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.Prefix{}, &LimitError{"To", strconv.Quote(s), `an address, a prefix without bits beyond its length ("10.2.0.0/16", "fd02::/64"), or "default"`}
}

// parseAddr reads an address of a route as the kernel's word.
func (n *Network) parseAddr(field, s string) (wire.Addr4, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || a.IsUnspecified() || a.Is4In6() || a.IsMulticast() {
		return 0, &LimitError{field, strconv.Quote(s), "the address of one host, as in 10.0.0.1 or fd00::1"}
	}
	if a.Is4() {
		b := a.As4()
		return be32(b[:]), nil
	}
	return n.six(a.As16()), nil
}

func (h *Host) newRoute(r Route) (e routeEntry, err error) {
	e.Route = r
	e.to, err = parsePrefix(r.To, strings.Contains(r.Via+r.Src, ":"))
	if err != nil {
		return e, err
	}
	switch r.Type {
	case "unreachable":
		e.fail = EHOSTUNREACH
		return e, nil
	case "prohibit":
		e.fail = EACCES
		return e, nil
	case "":
	default:
		return e, &LimitError{"Type", strconv.Quote(r.Type), `"unreachable", "prohibit" or nothing`}
	}
	if r.Src != "" {
		if e.src, err = h.net.parseAddr("Src", r.Src); err == nil && (!h.owns(e.src) || isSix(e.src) != e.to.Addr().Is6()) {
			err = &LimitError{"Src", r.Src, "an address of this host, of the destination's family"}
		}
		if err != nil {
			return e, err
		}
	}
	if r.Link != nil {
		e.out = r.Link.end(h)
	}
	if r.Via != "" {
		if e.via, err = h.net.parseAddr("Via", r.Via); err != nil {
			return e, err
		}
		if isSix(e.via) != e.to.Addr().Is6() {
			return e, &LimitError{"Via", r.Via, "an address of the destination's family"}
		}
		if e.out == nil {
			e.out = h.neighbourLink(e.via)
		}
	}
	if e.out == nil || e.out == h.lo {
		return e, &LimitError{"Link", fmt.Sprintf("none for %s", r.To), "a link of this host, or a Via that has one with this host (ENETUNREACH)"}
	}
	return e, nil
}

// end is the card of a host at this link, nil if it has none.
func (l *Link) end(h *Host) *nic {
	switch {
	case l.a != nil && l.a.host == h:
		return l.a
	case l.b != nil && l.b.host == h:
		return l.b
	}
	return nil
}

// neighbourLink is the card whose link leads to the host that has an address.
func (h *Host) neighbourLink(a wire.Addr4) *nic {
	for _, c := range h.nics {
		if c.peer.host.owns(a) {
			return c
		}
	}
	return nil
}

// route is the network card, or the loopback device, through which h reaches
// an address; nil when nothing leads there.
func (n *Network) route(h *Host, to wire.Addr4) *nic {
	if h.toMyself(to) {
		return h.lo
	}
	for _, c := range h.nics {
		if c.peer.host.owns(to) {
			return c.carries(to)
		}
	}
	if len(h.routes) > 0 {
		if r := h.routed(to); r != nil && r.fail == 0 {
			return r.out.carries(to)
		}
	}
	return nil
}

// toMyself reports whether an address is reached through the loopback device.
func (h *Host) toMyself(to wire.Addr4) bool {
	return to != h.alien && (h.owns(to) || isLoopback(to))
}

// isLoopback reports whether an address is one that every host has.
func isLoopback(a wire.Addr4) bool { return a>>24 == 127 || a == six1 }

// carries is the card, or nil if its wire is too narrow for IPv6, which is off
// there (RFC 8200 §5; net/ipv6/addrconf.c addrconf_notify).
func (c *nic) carries(to wire.Addr4) *nic {
	if c.mtu < 1280 && isSix(to) {
		return nil
	}
	return c
}

// routed is the line of the table for an address, nil if there is none.
func (h *Host) routed(to wire.Addr4) *routeEntry {
	if to == 0 || h.isGroup(to) {
		return nil
	}
	a := h.net.addr(to)
	for i := range h.routes {
		if h.routes[i].to.Contains(a) {
			return &h.routes[i]
		}
	}
	return nil
}

// nextHop is whose link-layer address a packet out of card c needs: the
// destination's, or that of the router on the way.
func (h *Host) nextHop(c *nic, to wire.Addr4) wire.Addr4 {
	if !c.peer.host.owns(to) && len(h.routes) > 0 {
		if r := h.routed(to); r != nil && r.via != 0 {
			return r.via
		}
	}
	return to
}

// way is the device through which a socket reaches an address
// (ip_route_output_key): ENETUNREACH says that nothing leads there, EHOSTUNREACH
// and EACCES are a route's, EINVAL says that the socket is bound to an address
// of lo, and the way leads out.
func (h *Host) way(s *sock, to wire.Addr4) (*nic, Errno) {
	c := h.net.route(h, to)
	switch {
	case c == nil:
		return nil, h.noWay(to)
	case c != h.lo && h.sendsFrom(s)>>24 == 127:
		return nil, EINVAL
	case c != h.lo && isSix(to) && len(h.sixes) == 0:
		return nil, EADDRNOTAVAIL // no address to come from: ip6_dst_lookup_tail
	}
	return c, 0
}

// noWay is why nothing leads to an address.
func (h *Host) noWay(to wire.Addr4) Errno {
	if r := h.routed(to); r != nil && r.fail != 0 {
		return r.fail
	}
	one(isSix(to), &h.stats.IpOutNoRoutes, &h.stats.Ip6OutNoRoutes)
	return ENETUNREACH
}

// source is the address a packet leaves from when the program named none: the
// route's, or the host's first; of IPv6 the one most like the destination (RFC
// 6724 §5, rule 8).
func (h *Host) source(c *nic, to wire.Addr4) wire.Addr4 {
	if c == h.lo {
		if to>>24 == 127 {
			return loop4 // the device's primary address
		}
		return to // to oneself one speaks from the same address
	}
	if len(h.routes) > 0 && !c.peer.host.owns(to) {
		if r := h.routed(to); r != nil && r.src != 0 {
			return r.src
		}
	}
	if !isSix(to) {
		return h.ranges[0].lo
	}
	best, most := wire.Addr4(0), -1
	b := h.net.addr6(to)
	for _, s := range h.sixes {
		if n := commonBits(h.net.addr6(s), b); n > most {
			best, most = s, n
		}
	}
	return best
}

// commonBits is how many bits two addresses begin with alike.
func commonBits(a, b [16]byte) int {
	for i := range 128 {
		if (a[i/8]^b[i/8])>>(7-i%8)&1 != 0 {
			return i
		}
	}
	return 128
}

// RouteRows is a routing table that prints as `ip route` does, IPv4 first,
// then `ip -6 route`.
type RouteRows []string

// Routes is the host's routing table: a line for each address a link leads to
// (of a row of addresses the first), and those of [Host.AddRoute].
func (h *Host) Routes() RouteRows {
	var four, six RouteRows
	for i := range h.routes {
		if e := &h.routes[i]; e.to.Addr().Is6() {
			six = append(six, e.String())
		} else {
			four = append(four, e.String())
		}
	}
	for _, c := range h.nics {
		for _, r := range c.peer.host.ranges {
			four = append(four, r.lo.String()+" dev "+c.name+" proto kernel scope link src "+h.ranges[0].lo.String())
		}
		for _, a := range c.peer.host.sixes {
			six = append(six, h.net.addr(a).String()+" dev "+c.name+" proto kernel metric 256 pref medium")
		}
	}
	return append(four, six...)
}

// Len is how many lines there are.
func (r RouteRows) Len() int { return len(r) }

// String has a line for each route.
func (r RouteRows) String() string { return strings.Join(append(r, ""), "\n") }

// String is the line as ip-route(8) prints it.
func (e *routeEntry) String() string {
	to := e.to.String()
	switch {
	case e.to.Bits() == 0:
		to = "default"
	case e.to.IsSingleIP():
		to = e.to.Addr().String()
	}
	if e.fail != 0 {
		return e.Type + " " + to
	}
	if e.via != 0 {
		to += " via " + e.Via
	}
	to += " dev " + e.out.name
	if e.via == 0 {
		to += " scope link"
	}
	if e.src != 0 {
		to += " src " + e.Src
	}
	return to
}
