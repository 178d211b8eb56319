package stdnet

import (
	"io"
	"net"
	"net/netip"
	"time"

	"socketbook/sockets"
)

// conn is what connections and datagram sockets share.
type conn struct {
	file          *file
	tcp           bool
	local, remote net.Addr
}

func (c *conn) fail(op string, err error) error {
	return fail(op, c.file.network, c.local, c.remote, err)
}

// toItself reports whether a TCP connection has the same address at both ends.
func (c *conn) toItself() bool {
	return c.tcp && c.local != nil && c.remote != nil && c.local.String() == c.remote.String()
}

// Read reads what there is, at least a byte. At the end of a stream the error
// is io.EOF; a datagram may be empty.
func (c *conn) Read(b []byte) (n int, err error) {
	f := c.file
	if err := f.stack.enter(); err != nil {
		return 0, c.fail("read", err)
	}
	defer f.stack.net.leave()
	if len(b) == 0 && c.tcp {
		return 0, c.fail("read", f.usable(&f.rd))
	}
	err = f.call(&f.rd, func(p *sockets.Process) (err error) {
		n, err = p.Read(f.fd, b)
		return err
	})
	if err == nil && n == 0 && c.tcp {
		return 0, io.EOF
	}
	return n, c.fail("read", err)
}

// Write writes all of b, or reports how much of it went into the send buffer
// before the error.
func (c *conn) Write(b []byte) (n int, err error) {
	f := c.file
	if err := f.stack.enter(); err != nil {
		return 0, c.fail("write", err)
	}
	defer f.stack.net.leave()
	err = f.call(&f.wr, func(p *sockets.Process) error {
		for {
			done, err := p.Write(f.fd, b[n:])
			n += done
			if err != nil || n == len(b) {
				return err
			}
		}
	})
	return n, c.fail("write", err)
}

// Close closes the connection. Calls that wait for it return net.ErrClosed.
func (c *conn) Close() error { return c.fail("close", c.file.close()) }

// LocalAddr is this end's address, a *[net.TCPAddr] or *[net.UDPAddr].
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the other end's, nil if there is none.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline bounds reading and writing. A deadline t is time.Until(t) from
// the virtual present; the zero time is none.
func (c *conn) SetDeadline(t time.Time) error {
	return c.failSet(c.file.setDeadline(t, &c.file.rd, &c.file.wr))
}

// SetReadDeadline bounds reading.
func (c *conn) SetReadDeadline(t time.Time) error {
	return c.failSet(c.file.setDeadline(t, &c.file.rd))
}

// SetWriteDeadline bounds writing.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.failSet(c.file.setDeadline(t, &c.file.wr))
}

// SetReadBuffer sets SO_RCVBUF, in bytes; the kernel doubles it.
func (c *conn) SetReadBuffer(bytes int) error {
	return c.failSet(c.file.option(sockets.SOL_SOCKET, sockets.SO_RCVBUF, bytes))
}

// SetWriteBuffer sets SO_SNDBUF, likewise.
func (c *conn) SetWriteBuffer(bytes int) error {
	return c.failSet(c.file.option(sockets.SOL_SOCKET, sockets.SO_SNDBUF, bytes))
}

// Control calls f with the process and the descriptor, for system calls that
// do not wait: getsockopt, say.
func (c *conn) Control(f func(p *sockets.Process, fd int) error) error {
	return c.fail("control", c.file.control(f))
}

func (c *conn) failSet(err error) error { return fail("set", c.file.network, nil, c.local, err) }

// TCPConn is a net.TCPConn of a simulated host.
type TCPConn struct{ conn }

// newTCPConn is a connection that accept4 has returned.
func (s *Stack) newTCPConn(fd int, network string) (*TCPConn, error) {
	f, err := s.adopt(fd, network)
	if err != nil {
		return nil, err
	}
	c := &TCPConn{conn{file: f, tcp: true}}
	c.local, c.remote = f.names(true)
	if err := setOption(s.p, fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1); err != nil {
		f.retire()
		s.p.Close(fd)
		return nil, err
	}
	return c, nil
}

// CloseWrite closes the sending half: shutdown(2), the other end reads io.EOF.
func (c *TCPConn) CloseWrite() error { return c.shutdown(1) }

// CloseRead closes the receiving half: Read returns io.EOF.
func (c *TCPConn) CloseRead() error { return c.shutdown(0) }

func (c *TCPConn) shutdown(how int) error {
	return c.fail("close", c.file.control(func(p *sockets.Process, fd int) error { return p.Shutdown(fd, how) }))
}

// SetLinger says what Close does with bytes not yet sent. Below 0, the
// default: it sends them afterwards. 0: it throws them away and resets the
// connection. Above: it waits so many seconds for their acknowledgement.
func (c *TCPConn) SetLinger(sec int) error {
	return c.failSet(c.file.control(func(p *sockets.Process, fd int) error {
		err := setOption(p, fd, sockets.SOL_SOCKET, sockets.SO_LINGER, btoi(sec >= 0), max(0, sec))
		if err == nil {
			c.file.linger = sec > 0
		}
		return err
	}))
}

// SetNoDelay sets TCP_NODELAY, which every new connection has: short segments
// do not wait for acknowledgements (Nagle's algorithm).
func (c *TCPConn) SetNoDelay(on bool) error {
	return c.failSet(c.file.option(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, btoi(on)))
}

// SetKeepAlive sets SO_KEEPALIVE, which the simulated kernel stores but does
// not act upon yet: no probes are sent.
func (c *TCPConn) SetKeepAlive(on bool) error {
	return c.failSet(c.file.option(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, btoi(on)))
}

// SetKeepAlivePeriod sets TCP_KEEPIDLE and TCP_KEEPINTVL, in whole seconds.
func (c *TCPConn) SetKeepAlivePeriod(d time.Duration) error {
	sec := int((d + time.Second - 1) / time.Second)
	if err := c.file.option(sockets.IPPROTO_TCP, sockets.TCP_KEEPINTVL, sec); err != nil {
		return c.failSet(err)
	}
	return c.failSet(c.file.option(sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE, sec))
}

// localSockaddr is a local address of package net.
func localSockaddr(ip net.IP, port int, six bool) sockets.SockAddr {
	a, ok := netip.AddrFromSlice(ip)
	switch {
	case !ok && six:
		a = netip.IPv6Unspecified()
	case !ok:
		a = netip.IPv4Unspecified()
	}
	return sockaddr(netip.AddrPortFrom(a, uint16(port)), six)
}
