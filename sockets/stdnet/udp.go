package stdnet

import (
	"net"
	"net/netip"

	"socketbook/sockets"
)

// UDPConn is a net.UDPConn of a simulated host: a net.PacketConn, and a
// net.Conn if it has a peer.
type UDPConn struct{ conn }

// ReadFrom reads one datagram. What does not fit into b is lost. The sender is
// a *[net.UDPAddr].
func (c *UDPConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// ReadFromUDP is ReadFrom.
func (c *UDPConn) ReadFromUDP(b []byte) (int, *net.UDPAddr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return n, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// ReadFromUDPAddrPort is ReadFrom with an address of net/netip. A socket of
// both families gives IPv4 senders in their mapped form.
func (c *UDPConn) ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error) {
	f := c.file
	if err := f.stack.enter(); err != nil {
		return 0, from, c.fail("read", err)
	}
	defer f.stack.net.leave()
	err = f.call(&f.rd, func(p *sockets.Process) error {
		var sa *sockets.SockAddr
		var err error
		if n, sa, err = p.Recvfrom(f.fd, b, 0); sa != nil {
			from = sa.AddrPort()
		}
		return err
	})
	return n, from, c.fail("read", err)
}

// WriteTo sends one datagram. It fails on a connection that Dial has made.
func (c *UDPConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	a, ok := addr.(*net.UDPAddr)
	if !ok || a == nil {
		return 0, fail("write", c.file.network, c.local, addr, &net.AddrError{Err: "want a *net.UDPAddr", Addr: addrText(addr)})
	}
	return c.WriteToUDP(b, a)
}

// WriteToUDP is WriteTo.
func (c *UDPConn) WriteToUDP(b []byte, addr *net.UDPAddr) (int, error) {
	if addr == nil {
		return 0, fail("write", c.file.network, c.local, nil, &net.AddrError{Err: "want a *net.UDPAddr", Addr: "nil"})
	}
	to := addr.AddrPort()
	if len(addr.IP) == 0 || c.file.six && addr.IP.Equal(net.IPv4zero) { // no address means oneself
		ip := netip.IPv4Unspecified()
		if c.file.six {
			ip = netip.IPv6Unspecified()
		}
		to = netip.AddrPortFrom(ip, uint16(addr.Port))
	}
	return c.WriteToUDPAddrPort(b, to)
}

// WriteToUDPAddrPort is WriteTo with an address of net/netip.
func (c *UDPConn) WriteToUDPAddrPort(b []byte, addr netip.AddrPort) (n int, err error) {
	f := c.file
	to := net.UDPAddrFromAddrPort(addr)
	no := func(err error) (int, error) { return n, fail("write", f.network, c.local, to, err) }
	switch {
	case c.remote != nil:
		return no(net.ErrWriteToConnected)
	case !addr.Addr().IsValid():
		return no(&net.AddrError{Err: "missing address", Addr: addr.String()})
	case !f.six && addr.Addr().Is6() && !addr.Addr().Is4In6():
		return no(&net.AddrError{Err: "non-IPv4 address", Addr: addr.Addr().String()})
	}
	if err := f.stack.enter(); err != nil {
		return no(err)
	}
	defer f.stack.net.leave()
	sa := sockaddr(addr, f.six)
	err = f.call(&f.wr, func(p *sockets.Process) (err error) {
		n, err = p.Sendto(f.fd, b, 0, &sa)
		return err
	})
	return no(err)
}

func addrText(a net.Addr) string {
	if a == nil {
		return "nil"
	}
	return a.String()
}
