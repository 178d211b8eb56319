//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"

	"socketbook/sockets"
)

// sizeofStorage is sizeof(struct sockaddr_storage), the longest address.
const sizeofStorage = 128

// sockaddr puts an address into the arena, as long as the call is to be told.
func (o *order) sockaddr(a sockets.SockAddr) (at, length uintptr) {
	n := a.Len
	switch {
	case n < 0:
		n = 0
	case n == 0 && a.Family == sockets.AF_INET6:
		n = 28
	case n == 0:
		n = 16
	}
	at, b := o.room(max(min(n, 4096), sizeofStorage))
	if o.err != nil {
		return 0, 0
	}
	binary.NativeEndian.PutUint16(b, a.Family)
	binary.BigEndian.PutUint16(b[2:], a.Port)
	if a.Family == sockets.AF_INET6 || a.Family != sockets.AF_INET && n >= 24 {
		binary.BigEndian.PutUint32(b[4:], a.Flow)
		copy(b[8:], a.Addr[:])
		binary.NativeEndian.PutUint32(b[24:], a.Scope)
	} else {
		copy(b[4:], a.Addr[:4])
	}
	return at, uintptr(n)
}

// place is memory for an address that the kernel is to fill in, and for its
// length.
func (o *order) place() (addr, length uintptr, read func() *sockets.SockAddr) {
	addr, b := o.room(sizeofStorage)
	length, l := o.number(sizeofStorage)
	return addr, length, func() *sockets.SockAddr {
		return parseSockaddr(b, int(int32(binary.NativeEndian.Uint32(l))))
	}
}

// parseSockaddr reads an address of n bytes; nil if there is none.
func parseSockaddr(b []byte, n int) *sockets.SockAddr {
	if n < 2 {
		return nil
	}
	a := &sockets.SockAddr{Family: binary.NativeEndian.Uint16(b)}
	natural := 16
	switch a.Family {
	case sockets.AF_INET:
		a.Port = binary.BigEndian.Uint16(b[2:])
		copy(a.Addr[:4], b[4:])
	case sockets.AF_INET6:
		natural = 28
		a.Port = binary.BigEndian.Uint16(b[2:])
		a.Flow = binary.BigEndian.Uint32(b[4:])
		copy(a.Addr[:], b[8:])
		a.Scope = binary.NativeEndian.Uint32(b[24:])
	}
	if n != natural {
		a.Len = n
	}
	return a
}
