package sockets

import (
	"encoding/binary"
	"fmt"
)

// Levels of setsockopt(2) beside the protocols': include/linux/socket.h.
const (
	SOL_SOCKET      = 1
	SOL_RAW         = 255
	IPPROTO_UDPLITE = 136
	IPPROTO_MPTCP   = 262
)

// Setsockopt changes an option of a socket: setsockopt(2). val is what the
// program's pointer points to, optlen the length the call is told: it may be
// another than len(val), and negative. Bytes beyond val are zero.
//
// EBADF, ENOTSOCK: the descriptor. EINVAL: optlen is negative or too short, or
// the value is out of range. ENOPROTOOPT: the level has no such option.
// EPERM, EACCES: the user may not. Some options have errors of their own.
func (p *Process) Setsockopt(fd, level, opt int, val []byte, optlen int) error {
	e := p.setsockopt(fd, level, opt, val, optlen)
	if p.tracing() {
		n := max(0, min(optlen, len(val)))
		p.traceRet(fmt.Sprintf("setsockopt(%d, %s, %s, %s, %d)", fd, levelName(level), optionName(level, opt), optionValue(val[:n]), optlen), 0, e)
	}
	return p.answer("setsockopt", fd, optionName(level, opt), e)
}

// Getsockopt tells an option of a socket: getsockopt(2). It fills buf and
// reports how many bytes the kernel wrote: no more than optlen, the length the
// call is told. buf is read as well, by the few options that are a question.
func (p *Process) Getsockopt(fd, level, opt int, buf []byte, optlen int) (n int, err error) {
	n, e := p.getsockopt(fd, level, opt, buf, optlen)
	if p.tracing() {
		shown := "NULL"
		if e == 0 {
			shown = optionValue(buf[:min(n, len(buf))])
		}
		p.traceRet(fmt.Sprintf("getsockopt(%d, %s, %s, %s, [%d])", fd, levelName(level), optionName(level, opt), shown, n), 0, e)
	}
	return n, p.answer("getsockopt", fd, optionName(level, opt), e)
}

// optCall is one call of either while it is under way.
type optCall struct {
	h     *Host
	p     *Process
	i     uint32
	s     *sock
	level int
	opt   int
	val   []byte // what the program points to
	n     int    // the length it says
	v     int32  // set: the number val begins with
	out   int    // get: the length written back
}

// sockopt is an option: how it is set and how it is told. Without a function
// the answer is ENOPROTOOPT.
type sockopt struct {
	name string
	does fidelity
	set  func(c *optCall) Errno
	get  func(c *optCall) Errno
}

// fidelity says what an option does on a simulated host.
type fidelity uint8

const (
	optRefused   fidelity = iota // the kernel has the number, and refuses it as we do
	optSimulated                 // it changes or tells what the socket does
	optStored                    // checked, kept and told back; else without effect
)

func (p *Process) setsockopt(fd, level, opt int, val []byte, optlen int) Errno {
	i, s, e := p.sysSocket(fd)
	switch {
	case e != 0:
		return e
	case int32(optlen) < 0:
		return EINVAL
	}
	c := optCall{h: p.host, p: p, i: i, s: s, level: int(int32(level)), opt: int(int32(opt)), val: val, n: int(int32(optlen))}
	if c.n >= 4 {
		c.v = int32(c.u32(0))
	}
	return c.set()
}

func (p *Process) getsockopt(fd, level, opt int, buf []byte, optlen int) (int, Errno) {
	i, s, e := p.sysSocket(fd)
	if e != 0 {
		return 0, e
	}
	c := optCall{h: p.host, p: p, i: i, s: s, level: int(int32(level)), opt: int(int32(opt)), val: buf, n: int(int32(optlen))}
	if e := c.get(); e != 0 {
		return 0, e
	}
	return c.out, 0
}

// set asks the level, as the socket's protocol hands it on.
func (c *optCall) set() Errno {
	if c.level == SOL_SOCKET {
		return c.setSocket()
	}
	switch c.s.proto {
	case protoTCP:
		if c.level == IPPROTO_TCP {
			return c.setTCP()
		}
	case protoUDP:
		if c.level == IPPROTO_UDP || c.level == IPPROTO_UDPLITE {
			return c.setUDP()
		}
	case protoRaw:
		if done, e := c.setRaw(); done {
			return e
		}
	case protoUnix:
		return c.otherLevel()
	}
	if c.s.six() {
		return c.setSix()
	}
	if c.level != IPPROTO_IP {
		return ENOPROTOOPT
	}
	return c.setIP()
}

func (c *optCall) get() Errno {
	if c.level == SOL_SOCKET {
		return c.getSocket()
	}
	switch c.s.proto {
	case protoTCP:
		if c.level == IPPROTO_TCP {
			return c.getTCP()
		}
	case protoUDP:
		if c.level == IPPROTO_UDP || c.level == IPPROTO_UDPLITE {
			return c.getUDP()
		}
	case protoRaw:
		if done, e := c.getRaw(); done {
			return e
		}
	case protoUnix:
		return c.otherLevel()
	}
	if c.s.six() {
		return c.getSix()
	}
	if c.level != IPPROTO_IP {
		return EOPNOTSUPP
	}
	return c.getIP()
}

// find is the option's entry in its level's table, nil if there is none.
func find(table []sockopt, opt int) *sockopt {
	if opt < 0 || opt >= len(table) || table[opt].name == "" {
		return nil
	}
	return &table[opt]
}

func (o *sockopt) doSet(c *optCall) Errno {
	if o == nil || o.set == nil {
		return ENOPROTOOPT
	}
	return o.set(c)
}

func (o *sockopt) doGet(c *optCall) Errno {
	if o == nil || o.get == nil {
		return ENOPROTOOPT
	}
	return o.get(c)
}

// raw reports whether the program has CAP_NET_RAW, as root does. CAP_NET_ADMIN
// nobody has (see [Process]): what it is needed for is refused.
func (c *optCall) raw() bool { return c.p.uid == 0 }

func (c *optCall) options() *sockOptions { return c.h.options(c.s) }
func (c *optCall) change() *sockOptions  { return c.h.change(c.s) }

// key is the option's own.
func (c *optCall) key() optKey { return key(c.level, c.opt) }

// byteAt is a byte of what the program points to; beyond it there are zeros.
func (c *optCall) byteAt(i int) byte {
	if i < len(c.val) {
		return c.val[i]
	}
	return 0
}

// bytes are n bytes of what the program points to.
func (c *optCall) bytes(at, n int) []byte {
	b := make([]byte, n)
	if at < len(c.val) {
		copy(b, c.val[at:])
	}
	return b
}

func (c *optCall) u32(at int) uint32 {
	if at+4 <= len(c.val) {
		return binary.LittleEndian.Uint32(c.val[at:])
	}
	return binary.LittleEndian.Uint32(c.bytes(at, 4))
}

func (c *optCall) u64(at int) uint64 { return uint64(c.u32(at)) | uint64(c.u32(at+4))<<32 }

// give is the answer of bytes, cut to the length the program has room for.
func (c *optCall) give(b []byte) Errno {
	if c.n < len(b) && c.n >= 0 {
		b = b[:c.n]
	}
	copy(c.val, b)
	c.out = len(b)
	return 0
}

// giveInt is the answer of one int.
func (c *optCall) giveInt(v int64) Errno {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], uint32(v))
	return c.give(b[:])
}

func (c *optCall) giveBool(v bool) Errno { return c.giveInt(bit(v)) }

func (c *optCall) give64(v uint64) Errno {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return c.give(b[:])
}

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// Makers of the usual entries.

// field is a yes or no that is wired to the socket's options.
func field(name string, at func(o *sockOptions) *bool) sockopt {
	return sockopt{name, optSimulated,
		func(c *optCall) Errno { c.setField(at, c.v != 0); return 0 },
		func(c *optCall) Errno { return c.giveBool(*at(c.options())) }}
}

// setField changes a field, and nothing where it has the value already.
func (c *optCall) setField(at func(o *sockOptions) *bool, v bool) {
	if *at(c.options()) != v {
		*at(c.change()) = v
	}
}

// flag is a yes or no that is only kept, under the key of the option k.
func flagAs(name string, k optKey, def int64) sockopt {
	return sockopt{name, optStored,
		func(c *optCall) Errno { c.h.store(c.s, k, bit(c.v != 0), def); return 0 },
		func(c *optCall) Errno { return c.giveInt(c.h.stored(c.s, k, def)) }}
}

// flag is a yes or no that is only kept.
func flag(name string) sockopt {
	return sockopt{name, optStored,
		func(c *optCall) Errno { c.h.store(c.s, c.key(), bit(c.v != 0), 0); return 0 },
		func(c *optCall) Errno { return c.giveInt(c.h.stored(c.s, c.key(), 0)) }}
}

// number is an int from lo to hi that is only kept.
func number(name string, lo, hi int32, def int64) sockopt {
	return sockopt{name, optStored,
		func(c *optCall) Errno {
			if c.v < lo || c.v > hi {
				return EINVAL
			}
			c.h.store(c.s, c.key(), int64(c.v), def)
			return 0
		},
		func(c *optCall) Errno { return c.giveInt(c.h.stored(c.s, c.key(), def)) }}
}

// told is an option that cannot be set.
func told(name string, get func(c *optCall) Errno) sockopt {
	return sockopt{name, optSimulated, nil, get}
}

// answering is the function that always gives one errno.
func answering(e Errno) func(c *optCall) Errno { return func(*optCall) Errno { return e } }

func tellZero(c *optCall) Errno { return c.giveInt(0) }

// tables are the levels' tables of options.
func tables(level int) []sockopt {
	switch level {
	case SOL_SOCKET:
		return socketOptions
	case IPPROTO_IP:
		return ipOptions
	case IPPROTO_IPV6:
		return sixOptions
	case IPPROTO_TCP:
		return tcpOptions
	case IPPROTO_UDP, IPPROTO_UDPLITE:
		return udpOptions
	}
	return nil
}

func levelName(level int) string {
	switch level {
	case SOL_SOCKET:
		return "SOL_SOCKET"
	case IPPROTO_IP:
		return "SOL_IP"
	case IPPROTO_IPV6:
		return "SOL_IPV6"
	case IPPROTO_TCP:
		return "SOL_TCP"
	case IPPROTO_UDP:
		return "SOL_UDP"
	case SOL_RAW:
		return "SOL_RAW"
	}
	return itoa(level)
}

func optionName(level, opt int) string {
	if o := find(tables(level), opt); o != nil {
		return o.name
	}
	return fmt.Sprintf("%#x", uint32(opt))
}

// optionValue prints an option's value as strace does: an int in brackets,
// other bytes as a string.
func optionValue(b []byte) string {
	if len(b) == 4 {
		return fmt.Sprintf("[%d]", int32(binary.LittleEndian.Uint32(b)))
	}
	return quote(b)
}
