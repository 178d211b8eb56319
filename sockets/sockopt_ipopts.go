package sockets

import (
	"encoding/binary"

	"socketbook/sockets/wire"
)

// Option numbers of the IPv4 header, RFC 791 §3.1 and RFC 2113.
const (
	ipoptEnd       = 0
	ipoptNoop      = 1
	ipoptRecord    = 7
	ipoptTimestamp = 68
	ipoptLoose     = 131
	ipoptCipso     = 134
	ipoptStrict    = 137
	ipoptAlert     = 148
)

// setIPOptions takes the options of the IP header, up to 40 bytes. They are
// told back padded to a multiple of four. A source route is for root.
func setIPOptions(c *optCall) Errno {
	if c.n > 40 {
		return EINVAL
	}
	b := c.bytes(0, (c.n+3)&^3)
	for i := min(c.n, len(c.val)); i < len(b); i++ {
		b[i] = ipoptEnd
	}
	k := ipOptionChecker{host: c.h, raw: c.raw(), seen: map[byte]bool{}}
	if !k.options(b) {
		return EINVAL
	}
	if k.seen[ipoptLoose] && !k.raw {
		return EPERM
	}
	c.h.storeBytes(c.s, c.key(), b)
	return 0
}

// ipOptionChecker goes through the options of a header.
type ipOptionChecker struct {
	host *Host
	raw  bool          // the program has CAP_NET_RAW, and may set any option
	seen map[byte]bool // of the options that may come once
}

// options reports whether they are ones a packet may carry
// (__ip_options_compile). What follows the end is cleared.
func (k *ipOptionChecker) options(b []byte) bool {
	for i := 0; i < len(b); {
		switch b[i] {
		case ipoptEnd:
			clear(b[i:])
			return true
		case ipoptNoop:
			i++
			continue
		}
		if len(b)-i < 2 {
			return false
		}
		n := int(b[i+1])
		if n < 2 || n > len(b)-i || !k.option(b[i:i+n]) {
			return false
		}
		i += n
	}
	return true
}

// option looks at one option. Where the next address or time goes, nothing is
// kept (ip_options_undo).
func (k *ipOptionChecker) option(o []byte) bool {
	n, what, seen := len(o), o[0], k.seen
	once := what
	if what == ipoptStrict {
		once = ipoptLoose
	}
	switch what {
	case ipoptLoose, ipoptStrict:
		// The pointer stands at the first of at least one address.
		if n < 3 || o[2] != 4 || n < 7 || (n-3)&3 != 0 || seen[once] {
			return false
		}
	case ipoptRecord:
		at := int(o[2])
		if seen[once] || n < 3 || at < 4 || at <= n && at+3 > n {
			return false
		}
		if at <= n {
			clear(o[at-1 : at+3])
		}
	case ipoptTimestamp:
		if seen[once] || n < 4 || o[2] < 5 || !k.timestamps(o) {
			return false
		}
	case ipoptAlert:
		return n >= 4
	case ipoptCipso:
		return false // no label of this host's fits it
	default:
		return k.raw
	}
	seen[once] = true
	return true
}

// timestamps: room for what the flags ask for, or an overflow count that can
// still grow.
func (k *ipOptionChecker) timestamps(o []byte) bool {
	n, at := len(o), int(o[2])
	const addr, preset = 1, 3 // IPOPT_TS_TSANDADDR, IPOPT_TS_PRESPEC
	if at > n {
		return o[3]&0xf == preset || o[3]>>4 != 15
	}
	if at+3 > n {
		return false
	}
	switch o[3] & 0xf {
	case 0: // IPOPT_TS_TSONLY
		clear(o[at-1 : at+3])
		return true
	case addr:
		if at+7 > n {
			return false
		}
		clear(o[at-1 : at+7])
		return true
	case preset:
		if at+7 > n {
			return false
		}
		if a := wire.Addr4(binary.BigEndian.Uint32(o[at-1:])); k.host.answersTo(a) || a>>24 == 0 || a>>28 == 14 || a == 0xffffffff {
			clear(o[at+3 : at+7]) // else the time is another host's
		}
		return true
	}
	return k.raw
}
