package sockets

import (
	"fmt"
)

// Read copies bytes out of the receive queue: read(2). It sleeps while there
// are none. 0 bytes and no error is the end: the peer has closed.
func (p *Process) Read(fd int, buf []byte) (int, error) {
	n, _, _, e, err := p.recv(fd, buf, 0, "read", true)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("read(%d, %s, %d)", fd, straceData(buf, n, e), len(buf)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("read", fd, "", e)
}

// Recvfrom is recvfrom(2): read with flags, and the sender of a datagram. from
// is nil where the kernel gives none, as for a stream. With MSG_TRUNC the
// count may be greater than the buffer.
func (p *Process) Recvfrom(fd int, buf []byte, flags int) (n int, from *SockAddr, err error) {
	n, _, from, e, err := p.recv(fd, buf, flags, "recvfrom", false)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("recvfrom(%d, %s, %d, %s, %s)", fd, straceData(buf, n, e), len(buf), msgFlags(flags), straceFilled(from, e)), n, e)
	}
	if err != nil {
		return max(n, 0), nil, err
	}
	return max(n, 0), from, p.answer("recvfrom", fd, "", e)
}

// recv is every call that reads. file: read(2) and readv(2), which work on
// pipes and /dev/null as well.
func (p *Process) recv(fd int, buf []byte, flags int, call string, anyFile bool) (n, out int, from *SockAddr, e Errno, err error) {
	i, s, e := p.sysSocket(fd)
	if e == ENOTSOCK && anyFile {
		n, e, err = p.readFile(fd, buf)
		return n, 0, nil, e, err
	}
	if e != 0 {
		return -1, 0, nil, e, nil
	}
	if anyFile && len(buf) == 0 {
		return 0, 0, nil, 0, nil // sock_read_iter: nothing asked, nothing done
	}
	self := kindSock | file(i)
	p.host.hold(self)
	defer p.host.dropFile(self)
	if flags&MSG_ERRQUEUE != 0 {
		n, out, from, e = p.host.recvError(i, s, buf)
		return n, out, from, e, nil
	}
	switch s.proto {
	case protoTCP:
		n, out, e, err = p.tcpRecv(i, s, buf, flags, inCall{call, fd})
		return n, out, nil, e, err
	case protoUDP:
		if flags&MSG_OOB != 0 {
			flags &^= MSG_OOB
		}
		return p.udpRecv(i, s, buf, flags, inCall{call, fd})
	}
	e, err = p.otherRecv(s, flags, inCall{call, fd})
	return -1, 0, nil, e, err
}

// Write copies bytes into the send buffer: write(2). It sleeps while the
// buffer is full, and returns when all bytes are in it, whether or not the
// peer has them.
func (p *Process) Write(fd int, data []byte) (int, error) {
	n, e, err := p.send(fd, data, 0, nil, "write", true)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("write(%d, %s, %d)", fd, quote(data), len(data)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("write", fd, "", e)
}

// Sendto is sendto(2), and send(2) with to nil.
func (p *Process) Sendto(fd int, data []byte, flags int, to *SockAddr) (int, error) {
	n, e, err := p.send(fd, data, flags, to, "sendto", false)
	if p.tracing() && err == nil {
		addr := "NULL, 0"
		if to != nil {
			addr = strace(*to)
		}
		p.traceRet(fmt.Sprintf("sendto(%d, %s, %d, %s, %s)", fd, quote(data), len(data), msgFlags(flags), addr), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("sendto", fd, "", e)
}

// send is every call that writes.
func (p *Process) send(fd int, data []byte, flags int, to *SockAddr, call string, anyFile bool) (int, Errno, error) {
	i, s, e := p.sysSocket(fd)
	if e == ENOTSOCK && anyFile {
		return p.writeFile(fd, data)
	}
	if e == 0 && to != nil {
		e = lengthError(*to)
	}
	if e != 0 {
		return -1, e, nil
	}
	self := kindSock | file(i)
	p.host.hold(self)
	defer p.host.dropFile(self)
	switch s.proto {
	case protoTCP:
		return p.tcpSend(i, s, data, flags, inCall{call, fd})
	case protoUDP:
		return p.udpSend(i, s, data, flags, to, inCall{call, fd})
	}
	n, e := p.host.otherSend(s, len(data), flags, to)
	return n, e, nil
}
