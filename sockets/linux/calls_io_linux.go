//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

func (k *thread) Read(fd int, buf []byte) (int, error) {
	o := k.t.order()
	defer o.end()
	at, b := o.put(buf)
	n, err := o.do(unix.SYS_READ, num(fd), at, num(len(buf)))
	copy(buf, b)
	return moved("read", fd, n, err)
}

func (k *thread) Write(fd int, data []byte) (int, error) {
	o := k.t.order()
	defer o.end()
	at, _ := o.put(data)
	n, err := o.do(unix.SYS_WRITE, num(fd), at, num(len(data)))
	return k.sent("write", fd, n, err)
}

// moved is the answer of a call that moves bytes: 0 if it fails.
func moved(op string, fd, n int, err error) (int, error) {
	return max(n, 0), failed(op, fd, "", err)
}

// sent is moved for a call that may leave something on its way.
func (k *thread) sent(op string, fd, n int, err error) (int, error) {
	if err == nil {
		k.wrote(fd)
	}
	return moved(op, fd, n, err)
}

func (k *thread) Readv(fd int, bufs [][]byte) (int, error) {
	o := k.t.order()
	defer o.end()
	list, ours := o.vector(bufs)
	n, err := o.do(unix.SYS_READV, num(fd), list, num(len(bufs)))
	scatter(bufs, ours)
	return moved("readv", fd, n, err)
}

func (k *thread) Writev(fd int, bufs [][]byte) (int, error) {
	o := k.t.order()
	defer o.end()
	list, _ := o.vector(bufs)
	n, err := o.do(unix.SYS_WRITEV, num(fd), list, num(len(bufs)))
	return k.sent("writev", fd, n, err)
}

func scatter(bufs, from [][]byte) {
	for i := range from {
		copy(bufs[i], from[i])
	}
}

func (k *thread) Recvfrom(fd int, buf []byte, flags int) (int, *sockets.SockAddr, error) {
	o := k.t.order()
	defer o.end()
	at, b := o.put(buf)
	addr, length, read := o.place()
	n, err := o.do(unix.SYS_RECVFROM, num(fd), at, num(len(buf)), num(flags), addr, length)
	copy(buf, b)
	if err != nil {
		return 0, nil, failed("recvfrom", fd, "", err)
	}
	return n, read(), nil
}

func (k *thread) Sendto(fd int, data []byte, flags int, to *sockets.SockAddr) (int, error) {
	o := k.t.order()
	defer o.end()
	at, _ := o.put(data)
	addr, length := uintptr(0), uintptr(0)
	if to != nil {
		addr, length = o.sockaddr(*to)
	}
	n, err := o.do(unix.SYS_SENDTO, num(fd), at, num(len(data)), num(flags), addr, length)
	return k.sent("sendto", fd, n, err)
}

// Fields of struct msghdr on a 64-bit machine, by offset.
const (
	msgName       = 0
	msgNamelen    = 8
	msgIov        = 16
	msgIovlen     = 24
	msgControl    = 32
	msgControllen = 40
	msgFlags      = 48
	sizeofMsghdr  = 56
)

// msghdr puts a message into the arena, and gives the header and our end of
// the buffers and the control data.
func (o *order) msghdr(m *sockets.Msg, name uintptr, namelen int) (at uintptr, h []byte, bufs [][]byte, control []byte) {
	at, h = o.room(sizeofMsghdr)
	iov, bufs := o.vector(m.Bufs)
	ctl, control := o.put(m.Control)
	if o.err != nil {
		return 0, nil, nil, nil
	}
	put := func(at int, v uintptr) { binary.NativeEndian.PutUint64(h[at:], uint64(v)) }
	put(msgName, name)
	binary.NativeEndian.PutUint32(h[msgNamelen:], uint32(namelen))
	put(msgIov, iov)
	put(msgIovlen, uintptr(len(m.Bufs)))
	if len(m.Control) > 0 {
		put(msgControl, ctl)
	}
	put(msgControllen, uintptr(len(m.Control)))
	return at, h, bufs, control
}

func (k *thread) Recvmsg(fd int, m *sockets.Msg, flags int) (int, error) {
	o := k.t.order()
	defer o.end()
	name, place := o.room(sizeofStorage)
	at, h, bufs, control := o.msghdr(m, name, sizeofStorage)
	n, err := o.do(unix.SYS_RECVMSG, num(fd), at, num(flags))
	m.Name, m.Flags = nil, 0
	scatter(m.Bufs, bufs)
	if err != nil {
		return 0, failed("recvmsg", fd, "", err)
	}
	m.Name = parseSockaddr(place, int(int32(binary.NativeEndian.Uint32(h[msgNamelen:]))))
	m.Control = m.Control[:copy(m.Control, control[:binary.NativeEndian.Uint64(h[msgControllen:])])]
	m.Flags = int(int32(binary.NativeEndian.Uint32(h[msgFlags:])))
	return n, nil
}

func (k *thread) Sendmsg(fd int, m *sockets.Msg, flags int) (int, error) {
	o := k.t.order()
	defer o.end()
	name, namelen := uintptr(0), uintptr(0)
	if m.Name != nil {
		name, namelen = o.sockaddr(*m.Name)
	}
	at, _, _, _ := o.msghdr(m, name, int(namelen))
	n, err := o.do(unix.SYS_SENDMSG, num(fd), at, num(flags))
	return k.sent("sendmsg", fd, n, err)
}
