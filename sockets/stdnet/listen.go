package stdnet

import (
	"context"
	"net"
	"time"

	"socketbook/sockets"
)

// ListenConfig is how to listen: net.ListenConfig for a simulated host.
type ListenConfig struct {
	Stack *Stack

	// Backlog is listen(2)'s, in connections; the accept queue admits one more.
	// Zero means net.core.somaxconn, as with package net; -1 stands for
	// listen's 0.
	Backlog int

	// Control, if not nil, is called with the socket before bind, to set
	// options. It must not use what this package has made.
	Control func(p *sockets.Process, fd int) error
}

// Listen announces on "tcp", "tcp4" or "tcp6": socket, SO_REUSEADDR, bind,
// listen. An empty host, or a wildcard on "tcp", means all addresses of both
// families; port 0 any free one.
func (s *Stack) Listen(network, address string) (net.Listener, error) {
	return ListenConfig{Stack: s}.Listen(context.Background(), network, address)
}

// ListenPacket opens a datagram socket on "udp", "udp4" or "udp6".
func (s *Stack) ListenPacket(network, address string) (net.PacketConn, error) {
	return ListenConfig{Stack: s}.ListenPacket(context.Background(), network, address)
}

// Listen is [Stack.Listen]. Nothing of it waits, so the context is looked at
// only once.
func (lc ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	f, local, err := lc.open(ctx, true, network, address)
	if err != nil {
		return nil, err
	}
	return &TCPListener{file: f, addr: local}, nil
}

// ListenPacket is [Stack.ListenPacket].
func (lc ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	f, local, err := lc.open(ctx, false, network, address)
	if err != nil {
		return nil, err
	}
	return &UDPConn{conn{file: f, local: local}}, nil
}

func (lc ListenConfig) open(ctx context.Context, tcp bool, network, address string) (*file, net.Addr, error) {
	s := lc.Stack
	no := func(addr net.Addr, err error) (*file, net.Addr, error) {
		return nil, nil, fail("listen", network, nil, addr, err)
	}
	if t, ok := stream(network); !ok || t != tcp {
		return no(nil, net.UnknownNetworkError(network))
	}
	if err := ctx.Err(); err != nil {
		return no(nil, contextError(err))
	}
	if err := s.enter(); err != nil {
		return no(nil, err)
	}
	defer s.net.leave()
	e, err := s.resolve(network, address, true)
	if err != nil {
		return no(nil, err)
	}
	asked := udpAddr(e.sa)
	if tcp {
		asked = tcpAddr(e.sa)
	}
	fd, err := s.prepare(tcp, e, lc.Control, func(fd int) error { return lc.bind(tcp, fd, e) })
	if err != nil {
		return no(asked, err)
	}
	f, err := s.adopt(fd, network)
	if err != nil {
		return no(asked, err)
	}
	local, _ := f.names(tcp)
	return f, local, nil
}

// bind gives a new socket its address, and lets it listen.
func (lc ListenConfig) bind(tcp bool, fd int, e endpoint) error {
	p := lc.Stack.p
	if tcp {
		if err := setOption(p, fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1); err != nil {
			return err
		}
	}
	if err := p.Bind(fd, e.sa); err != nil || !tcp {
		return err
	}
	backlog := lc.Backlog
	switch {
	case backlog == 0:
		backlog = lc.Stack.host.Limits().Somaxconn
	case backlog < 0:
		backlog = 0
	}
	return p.Listen(fd, backlog)
}

// TCPListener is a net.TCPListener of a simulated host.
type TCPListener struct {
	file *file
	addr net.Addr
}

// Accept waits for the next connection. Without a free descriptor it fails
// with EMFILE, and the connection stays in the accept queue.
func (l *TCPListener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptTCP is Accept.
func (l *TCPListener) AcceptTCP() (*TCPConn, error) {
	f, s := l.file, l.file.stack
	no := func(err error) (*TCPConn, error) { return nil, fail("accept", f.network, nil, l.addr, err) }
	if err := s.enter(); err != nil {
		return no(err)
	}
	defer s.net.leave()
	fd := -1
	err := f.call(&f.rd, func(p *sockets.Process) (err error) {
		for {
			fd, _, err = p.Accept4(f.fd, sockets.SOCK_NONBLOCK|sockets.SOCK_CLOEXEC)
			if errno(err) != sockets.ECONNABORTED { // one that has gone again is nobody's error
				return err
			}
		}
	})
	if err != nil {
		return no(err)
	}
	c, err := s.newTCPConn(fd, f.network)
	if err != nil {
		return no(err)
	}
	return c, nil
}

// Close stops listening. Connections that nobody has accepted are reset.
func (l *TCPListener) Close() error {
	return fail("close", l.file.network, nil, l.addr, l.file.close())
}

// Addr is the address it listens on, a *[net.TCPAddr].
func (l *TCPListener) Addr() net.Addr { return l.addr }

// SetDeadline bounds Accept.
func (l *TCPListener) SetDeadline(t time.Time) error {
	return fail("set", l.file.network, nil, l.addr, l.file.setDeadline(t, &l.file.rd))
}

// Control calls f with the process and the descriptor, for system calls that
// do not wait.
func (l *TCPListener) Control(f func(p *sockets.Process, fd int) error) error {
	return fail("control", l.file.network, nil, l.addr, l.file.control(f))
}
