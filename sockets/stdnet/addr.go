package stdnet

import (
	"net"
	"net/netip"
	"strconv"

	"socketbook/sockets"
)

// endpoint is a textual address as the system calls take it.
type endpoint struct {
	domain int
	v6only bool // of a listener
	sa     sockets.SockAddr
}

// resolve reads "10.0.0.1:80", "[::1]:80", ":80" or "server:http". A name is
// that of a host of the network, whose first address it stands for, or
// localhost. Called inside.
func (s *Stack) resolve(network, address string, listen bool) (e endpoint, err error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return e, err
	}
	port, err := net.LookupPort(network, service)
	if err != nil {
		return e, err
	}
	only4, only6 := network[len(network)-1] == '4', network[len(network)-1] == '6'
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "" && only4:
		ip = netip.IPv4Unspecified()
	case host == "" && (only6 || listen):
		ip = netip.IPv6Unspecified()
	case host == "":
		ip = netip.IPv4Unspecified()
	case err != nil:
		if ip, err = s.lookup(host, only6); err != nil {
			return e, err
		}
	}
	wildcard := ip.IsUnspecified()
	if wildcard && !listen { // to nobody in particular means to oneself
		if ip.Is4() {
			ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		} else {
			ip = netip.IPv6Loopback()
		}
	}
	if wildcard && listen && !only4 && !only6 {
		ip = netip.IPv6Unspecified() // one socket for both families
	}
	ip = ip.Unmap()
	if ip.Is4() && only6 || ip.Is6() && only4 {
		return e, &net.AddrError{Err: "no suitable address found", Addr: host}
	}
	e = endpoint{domain: sockets.AF_INET, sa: sockets.SockAddrFrom(netip.AddrPortFrom(ip.WithZone(""), uint16(port)))}
	if ip.Is6() {
		e.domain = sockets.AF_INET6
		e.v6only = !wildcard || only6
		if zone, err := strconv.ParseUint(ip.Zone(), 10, 32); err == nil {
			e.sa.Scope = uint32(zone)
		}
	}
	return e, nil
}

// lookup finds a host of the network by its name.
func (s *Stack) lookup(host string, six bool) (netip.Addr, error) {
	if host == "localhost" {
		if six {
			return netip.IPv6Loopback(), nil
		}
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	if h := s.net.lab.Host(host); h != nil {
		return h.Addr(0).AddrPort().Addr(), nil
	}
	return netip.Addr{}, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// sockaddr is an address of package net as a socket of a family takes it: an
// IPv6 one takes an IPv4 address in its mapped form.
func sockaddr(ap netip.AddrPort, six bool) sockets.SockAddr {
	if ip := ap.Addr(); six && ip.Is4() {
		return sockets.SockAddrFrom(netip.AddrPortFrom(netip.AddrFrom16(ip.As16()), ap.Port()))
	} else if !six && ip.Is4In6() {
		return sockets.SockAddrFrom(netip.AddrPortFrom(ip.Unmap(), ap.Port()))
	}
	return sockets.SockAddrFrom(netip.AddrPortFrom(ap.Addr().WithZone(""), ap.Port()))
}

func tcpAddr(a sockets.SockAddr) net.Addr { return net.TCPAddrFromAddrPort(a.AddrPort()) }
func udpAddr(a sockets.SockAddr) net.Addr { return net.UDPAddrFromAddrPort(a.AddrPort()) }

// stream reports whether a network is TCP, and ok whether it is one of ours.
func stream(network string) (tcp, ok bool) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return true, true
	case "udp", "udp4", "udp6":
		return false, true
	}
	return false, false
}
