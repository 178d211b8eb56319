package stdnet

import (
	"context"
	"net"
	"time"

	"socketbook/sockets"
)

// Dialer is how to connect: net.Dialer for a simulated host.
type Dialer struct {
	Stack *Stack

	// Timeout and Deadline bound the dialing, whichever comes first. Zero means
	// none: then a SYN nobody answers gives ETIMEDOUT after as many retries as
	// the host's limits have, 131 s.
	Timeout  time.Duration
	Deadline time.Time

	// LocalAddr is the address to leave from, a *net.TCPAddr or *net.UDPAddr,
	// or nil.
	LocalAddr net.Addr

	// Control, if not nil, is called with the socket before bind and connect,
	// to set options. It must not use what this package has made.
	Control func(p *sockets.Process, fd int) error
}

// Dial connects to an address on "tcp" or "udp", or one of them with 4 or 6.
// The host may be the name of one of the network's.
func (s *Stack) Dial(network, address string) (net.Conn, error) {
	return Dialer{Stack: s}.Dial(network, address)
}

// DialTimeout is Dial with a bound.
func (s *Stack) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	return Dialer{Stack: s, Timeout: timeout}.Dial(network, address)
}

// DialContext is Dial until the context is done. It has the form that
// http.Transport asks for.
func (s *Stack) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return Dialer{Stack: s}.DialContext(ctx, network, address)
}

// Dial connects to an address.
func (d Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects to an address until the context is done. The
// connection, once made, does not depend on it.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	tcp, ok := stream(network)
	if !ok {
		return nil, fail("dial", network, d.LocalAddr, nil, net.UnknownNetworkError(network))
	}
	deadline := d.Deadline
	if d.Timeout != 0 {
		if t := time.Now().Add(d.Timeout); deadline.IsZero() || t.Before(deadline) {
			deadline = t
		}
	}
	if !deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	s := d.Stack
	if err := s.enter(); err != nil {
		return nil, fail("dial", network, d.LocalAddr, nil, err)
	}
	defer s.net.leave()
	e, err := s.resolve(network, address, false)
	if err != nil {
		return nil, fail("dial", network, d.LocalAddr, nil, err)
	}
	e.v6only = network[len(network)-1] == '6'
	to := udpAddr(e.sa)
	if tcp {
		to = tcpAddr(e.sa)
	}
	c, err := d.connect(ctx, tcp, network, e)
	for again := 0; again < 2 && err == nil && c.toItself(); again++ {
		// A client whose ephemeral port is the one it dials meets itself (a
		// simultaneous open): nobody wants that.
		c.file.retire()
		s.p.Close(c.file.fd)
		c, err = d.connect(ctx, tcp, network, e)
	}
	if err != nil {
		return nil, fail("dial", network, d.LocalAddr, to, err)
	}
	if tcp {
		return &TCPConn{*c}, nil
	}
	return &UDPConn{*c}, nil
}

// connect is one attempt.
func (d Dialer) connect(ctx context.Context, tcp bool, network string, e endpoint) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, contextError(err)
	}
	s := d.Stack
	fd, err := s.prepare(tcp, e, d.Control, func(fd int) error { return d.bind(tcp, fd, e) })
	if err != nil {
		return nil, err
	}
	f, err := s.adopt(fd, network)
	if err != nil {
		return nil, err
	}
	seen := f.wr.edges
	err = s.p.Connect(fd, e.sa)
	if errno(err) == sockets.EINPROGRESS {
		err = f.connected(ctx, seen)
	}
	if err == nil && tcp {
		err = setOption(s.p, fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
	}
	if err != nil {
		if !f.closed {
			f.retire()
			s.p.Close(fd)
		}
		return nil, err
	}
	c := &conn{file: f, tcp: tcp}
	c.local, c.remote = f.names(tcp)
	return c, nil
}

// bind gives the socket the address to leave from.
func (d Dialer) bind(tcp bool, fd int, e endpoint) error {
	var sa sockets.SockAddr
	six := e.domain == sockets.AF_INET6
	switch a := d.LocalAddr.(type) {
	case nil:
		return nil
	case *net.TCPAddr:
		if !tcp {
			return &net.AddrError{Err: "mismatched local address type", Addr: a.String()}
		}
		sa = localSockaddr(a.IP, a.Port, six)
	case *net.UDPAddr:
		if tcp {
			return &net.AddrError{Err: "mismatched local address type", Addr: a.String()}
		}
		sa = localSockaddr(a.IP, a.Port, six)
	default:
		return &net.AddrError{Err: "mismatched local address type", Addr: a.String()}
	}
	return d.Stack.p.Bind(fd, sa)
}

// connected waits until a connect that has begun is over: a socket can be
// written to when it is connected or when that has failed, and SO_ERROR says
// which.
func (f *file) connected(ctx context.Context, seen uint64) error {
	n, p := f.stack.net, f.stack.p
	stop := context.AfterFunc(ctx, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		f.wr.cond.Broadcast()
	})
	defer stop()
	for {
		if err := f.wait(&f.wr, seen, func() bool { return ctx.Err() != nil }); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return contextError(err)
		}
		seen = f.wr.edges
		var e [4]byte
		if _, err := p.Getsockopt(f.fd, sockets.SOL_SOCKET, sockets.SO_ERROR, e[:], len(e)); err != nil {
			return err
		}
		if e[0] != 0 || e[1] != 0 {
			return &sockets.OpError{Op: "connect", FD: f.fd, Err: sockets.Errno(e[0]) | sockets.Errno(e[1])<<8}
		}
		if _, err := p.Getpeername(f.fd); err == nil {
			return nil
		}
	}
}
