package sockets

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// TCP's options with names, keys and repairs, and TCP_INFO.

// setCongestion takes an algorithm's name: of those of
// tcp_available_congestion_control one that is allowed.
func (c *optCall) setCongestion() Errno {
	const longest = 16 // TCP_CA_NAME_MAX
	if c.n < 1 {
		return EINVAL
	}
	name := cstring(c.bytes(0, min(c.n, longest-1)))
	switch {
	case !slices.Contains(strings.Fields(c.h.sysText("net.ipv4.tcp_available_congestion_control")), name):
		return ENOENT
	case name == c.congestion():
		return 0
	case !slices.Contains(strings.Fields(c.h.sysText("net.ipv4.tcp_allowed_congestion_control")), name):
		return EPERM
	}
	c.h.storeBytes(c.s, c.key(), []byte(name))
	return 0
}

func (c *optCall) congestion() string {
	if b := c.h.storedBytes(c.s, key(IPPROTO_TCP, TCP_CONGESTION)); b != nil {
		return string(b)
	}
	return c.h.sysText("net.ipv4.tcp_congestion_control")
}

func getCongestion(c *optCall) Errno {
	var b [16]byte
	copy(b[:], c.congestion())
	return c.give(b[:])
}

// setULP: no protocol above TCP is compiled in.
func (c *optCall) setULP() Errno {
	if c.n < 1 {
		return EINVAL
	}
	if name := cstring(c.bytes(0, min(c.n, 15))); name == "mptcp" {
		return EOPNOTSUPP // for the kernel's own use
	}
	return ENOENT
}

func (c *optCall) setFastopenKey() Errno {
	if c.n != 16 && c.n != 32 { // TCP_FASTOPEN_KEY_LENGTH, once or twice
		return EINVAL
	}
	c.h.storeBytes(c.s, c.key(), c.bytes(0, c.n))
	return 0
}

// setFastopen is the length of the queue of connections not yet confirmed.
func setFastopen(c *optCall) Errno {
	if c.v < 0 || c.s.state != Closed && c.s.state != Listen {
		return EINVAL
	}
	c.h.store(c.s, c.key(), min(int64(c.v), int64(c.h.limits.Somaxconn)), 0)
	return 0
}

func setFastopenConnect(c *optCall) Errno {
	switch {
	case c.v < 0 || c.v > 1:
		return EINVAL
	case c.h.sysInt("net.ipv4.tcp_fastopen")&1 == 0: // TFO_CLIENT_ENABLE
		return EOPNOTSUPP
	case c.s.state != Closed:
		return EINVAL
	}
	c.h.store(c.s, c.key(), int64(c.v), 0)
	return 0
}

func setFastopenNoCookie(c *optCall) Errno {
	if c.s.state != Closed && c.s.state != Listen {
		return EINVAL
	}
	return number("", 0, 1, 0).set(c)
}

// setMD5 takes struct tcp_md5sig: address, flags, prefix length, key length,
// interface, key.
func setMD5(c *optCall) Errno {
	const size, longest = 216, 80 // TCP_MD5SIG_MAXKEYLEN
	family, flags, prefix, n, index := uint16(c.u32(0)), c.byteAt(128), c.byteAt(129), uint16(c.u32(130)), c.u32(132)
	want, bits := uint16(AF_INET), byte(32)
	if c.s.six() {
		want, bits = AF_INET6, 128
		if string(c.bytes(8, 12)) == mapped6 {
			bits = 32
		}
	}
	switch {
	case c.n < size || family != want:
		return EINVAL
	case c.opt == TCP_MD5SIG_EXT && flags&1 != 0 && prefix > bits:
		return EINVAL
	case c.opt == TCP_MD5SIG_EXT && flags&2 != 0 && index != 0:
		return EINVAL // no device here is a VRF master
	case n > longest:
		return EINVAL
	case n == 0:
		return c.dropMD5()
	}
	keys := c.h.storedBytes(c.s, key(IPPROTO_TCP, TCP_MD5SIG))
	if entry := c.md5Entry(); !bytes.Contains(keys, entry) {
		c.h.storeBytes(c.s, key(IPPROTO_TCP, TCP_MD5SIG), append(slices.Clone(keys), entry...))
	}
	return 0
}

// md5Entry is what a key is found by: address and prefix length.
func (c *optCall) md5Entry() []byte {
	e := append(c.bytes(0, 2), c.bytes(4, 4)...)
	if c.s.six() {
		e = append(e, c.bytes(8, 16)...)
	}
	if c.opt == TCP_MD5SIG_EXT && c.byteAt(128)&1 != 0 {
		return append(e, c.byteAt(129)+1)
	}
	return append(e, 0)
}

func (c *optCall) dropMD5() Errno {
	k, entry := key(IPPROTO_TCP, TCP_MD5SIG), c.md5Entry()
	keys := c.h.storedBytes(c.s, k)
	at := bytes.Index(keys, entry)
	if at < 0 {
		return ENOENT
	}
	c.h.storeBytes(c.s, k, slices.Delete(slices.Clone(keys), at, at+len(entry)))
	return 0
}

// TCP_REPAIR lets checkpoint and restore take a socket apart, which nobody may
// here (tcp_can_repair_sock). The other options of repair, outside of it:

func setQueueSeq(c *optCall) Errno {
	if c.s.state != Closed {
		return EPERM
	}
	return EINVAL // no queue is chosen
}

func getRepairWindow(c *optCall) Errno {
	if c.n != 20 { // struct tcp_repair_window
		return EINVAL
	}
	return EPERM
}

// getTimestamp is the clock of the timestamp option, in milliseconds.
func getTimestamp(c *optCall) Errno {
	return c.giveInt(int64(time.Duration(c.h.net.sim.Now()).Milliseconds()) &^ 1)
}

// getZerocopy is the part of TCP_ZEROCOPY_RECEIVE that needs no mapped memory:
// it says how many bytes are there to be read in the usual way.
func getZerocopy(c *optCall) Errno {
	const size = 64 // struct tcp_zerocopy_receive
	if c.n < 12 || c.n > size && len(bytes.Trim(c.bytes(size, c.n-size), "\x00")) > 0 {
		return EINVAL
	}
	n := min(c.n, size)
	zc := append(c.bytes(0, n), make([]byte, size-n)...)
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(zc[at:]) }
	if word(60) != 0 || word(56)&^2 != 0 || word(0)&0xfff != 0 {
		return EINVAL
	}
	if c.s.state == Listen {
		return ENOTCONN
	}
	ready := uint32(c.h.unread(c.s, 0, false))
	switch {
	case ready >= 4096:
		return EINVAL // it would have to map pages, and nothing is mapped
	case ready == 0 && c.s.flags&flagEOF != 0:
		return EIO
	}
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(zc[at:], v) }
	put(8, 0)
	put(12, ready)
	put(32, 0)
	put(56, 0)
	switch n {
	case 24, 32, 36, 40, 48, 56, 60, 64:
		put(20, -uint32(c.s.takeError()))
		fallthrough
	case 20:
		put(16, ready)
	}
	return c.give(zc[:n])
}
