package stdnet

import (
	"net"

	"socketbook/sockets"
)

// socket makes a socket as package net does: it does not block, both families
// or one as the endpoint says, TCP without delay, UDP allowed to broadcast.
func (s *Stack) socket(tcp bool, e endpoint) (int, error) {
	typ := sockets.SOCK_DGRAM
	if tcp {
		typ = sockets.SOCK_STREAM
	}
	fd, err := s.p.Socket(e.domain, typ|sockets.SOCK_NONBLOCK|sockets.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if e.domain == sockets.AF_INET6 {
		err = setOption(s.p, fd, sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, btoi(e.v6only))
	}
	if err == nil && !tcp {
		err = setOption(s.p, fd, sockets.SOL_SOCKET, sockets.SO_BROADCAST, 1)
	}
	if err != nil {
		s.p.Close(fd)
		return -1, err
	}
	return fd, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// prepare makes a socket with what its maker wants of it before bind.
func (s *Stack) prepare(tcp bool, e endpoint, control func(*sockets.Process, int) error, more func(fd int) error) (int, error) {
	fd, err := s.socket(tcp, e)
	if err != nil {
		return -1, err
	}
	if control != nil {
		err = control(s.p, fd)
	}
	if err == nil {
		err = more(fd)
	}
	if err != nil {
		s.p.Close(fd)
		return -1, err
	}
	return fd, nil
}

// names are a socket's two addresses, as package net has them.
func (f *file) names(tcp bool) (local, remote net.Addr) {
	to := udpAddr
	if tcp {
		to = tcpAddr
	}
	if a, err := f.stack.p.Getsockname(f.fd); err == nil {
		local = to(a)
		f.six = a.Family == sockets.AF_INET6
	}
	if a, err := f.stack.p.Getpeername(f.fd); err == nil {
		remote = to(a)
	}
	return local, remote
}
