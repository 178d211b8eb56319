package survey

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"socketbook/sockets"
)

// ask is one call: a setsockopt of a value, or with a length a getsockopt that
// finds the value in its buffer.
type ask struct {
	level, opt int
	val        []byte
	n          int // of a getsockopt; -1: it is a setsockopt
}

func put(level, opt int, parts ...[]byte) ask {
	return ask{level, opt, slices.Concat(parts...), -1}
}

func tell(level, opt, n int, in ...[]byte) ask { return ask{level, opt, slices.Concat(in...), n} }

// story is a number of calls on one socket, and their answers in one line.
type story struct {
	name string
	asks []ask
}

// Levels and options in short, for the tables below.
const (
	so, ip, ip6, tcp  = sockets.SOL_SOCKET, sockets.IPPROTO_IP, sockets.IPPROTO_IPV6, sockets.IPPROTO_TCP
	rawLevel, icmpSix = sockets.SOL_RAW, sockets.IPPROTO_ICMPV6
)

// values plays the stories on sockets of many kinds.
func (a *asker) values() {
	stories := slices.Concat(socketStories(), headerStories(), groupStories(), group6Stories(), tcpStories(), rawStories())
	for _, name := range []string{"tcp", "udp", "tcp6", "udp6", "tcp listening", "tcp client", "tcp server", "tcp close-wait",
		"tcp6 server", "tcp6 mapped server", "tcp6 mapped client", "udp6 mapped", "raw icmp", "raw raw", "raw6 icmp", "raw6 raw"} {
		for _, s := range stories {
			if fd := named(name).make(a); fd >= 0 {
				a.line("%s, %s:%s", name, s.name, a.play(fd, s))
			} else {
				a.line("%s, %s: cannot be made", name, s.name)
			}
			a.clean()
		}
	}
}

func (a *asker) play(fd int, s story) string {
	var b strings.Builder
	for _, q := range s.asks {
		if q.n < 0 {
			fmt.Fprintf(&b, " %d/%d %s", q.level, q.opt, a.set(fd, q.level, q.opt, q.val, len(q.val)))
		} else {
			fmt.Fprintf(&b, " %d/%d=%s", q.level, q.opt, a.get(fd, q.level, q.opt, q.n, q.val))
		}
	}
	return b.String()
}

// addr is an IP address in network order.
func addr(s string) []byte { return netip.MustParseAddr(s).AsSlice() }

// storage is a struct sockaddr_storage with an address.
func storage(s string) []byte {
	b := make([]byte, 128)
	a := netip.MustParseAddr(s)
	if a.Is4() {
		b[0] = inet
		copy(b[4:], a.AsSlice())
	} else {
		b[0] = inet6
		copy(b[8:], a.AsSlice())
	}
	return b
}

// socketStories are SOL_SOCKET's structures, and options that touch each
// other.
func socketStories() (list []story) {
	for _, v := range [][]byte{words(1, 0), words(1, 5), words(0, 7), words(1<<32-1, 10), words(1, 1<<32-1), words(1, 1<<31-1), words(2, 100), words(1, 1<<31)} {
		list = append(list, story{fmt.Sprintf("linger %x", v), []ask{put(so, sockets.SO_LINGER, v), tell(so, sockets.SO_LINGER, 8),
			put(so, sockets.SO_LINGER, words(0, 9)), tell(so, sockets.SO_LINGER, 8)}})
	}
	for _, v := range [][2]int64{{0, 0}, {0, 1}, {0, 3999}, {0, 4000}, {0, 4001}, {0, 999999}, {0, 1000000}, {0, -1}, {-1, 0}, {-5, 1000000}, {1, 1},
		{100, 250000}, {1 << 31, 0}, {1 << 40, 0}, {9223372036, 0}, {36893488147419100, 0}, {36893488147419101, 0}, {36893488147419102, 0},
		{36893488147419103, 0}, {1<<63 - 1, 0}, {-1 << 63, 999999}} {
		for _, o := range []int{sockets.SO_RCVTIMEO, sockets.SO_SNDTIMEO_NEW} {
			list = append(list, story{fmt.Sprintf("timeout %d %v", o, v), []ask{put(so, o, longs(v[0], v[1])), tell(so, o, 16), tell(so, o, 8)}})
		}
	}
	for _, order := range [][]int{{29, 1}, {35, 1}, {63, 1}, {64, 1}, {29, 1, 63, 1}, {63, 1, 29, 1}, {35, 1, 29, 1}, {64, 1, 35, 0},
		{63, 1, 29, 0, 29, 1}, {37, 16, 65, 16}, {65, 16}, {65, 16, 37, 8}, {64, 1, 63, 0}, {65, 0}, {65, 1, 29, 1}} {
		s := story{name: fmt.Sprint("time stamps ", order)}
		for i := 0; i < len(order); i += 2 {
			s.asks = append(s.asks, put(so, order[i], words(uint32(order[i+1]))))
		}
		for _, o := range []int{29, 35, 63, 64, 37, 65} {
			s.asks = append(s.asks, tell(so, o, 16))
		}
		list = append(list, s)
	}
	for _, v := range [][]byte{words(0, 0), words(1, 0), words(11, 3), words(2, 0), words(12, 0), words(1<<32-1, 0), words(1, 4), words(0, 2), words(1, 1)} {
		list = append(list, story{fmt.Sprintf("txtime %x", v), []ask{put(so, sockets.SO_TXTIME, v), tell(so, sockets.SO_TXTIME, 8)}})
	}
	for _, v := range []string{"lo", "lo\x00xyz", "nosuch0", "", "lo\x00", "loopbackloopback", "lo1"} {
		const d, i = sockets.SO_BINDTODEVICE, sockets.SO_BINDTOIFINDEX
		list = append(list, story{fmt.Sprintf("device %q", v), []ask{put(so, d, []byte(v)), tell(so, d, 16), tell(so, d, 15), tell(so, i, 4),
			put(so, d), tell(so, d, 16), put(so, d, []byte("lo")), put(so, i, words(7)), tell(so, d, 16)}})
	}
	for _, v := range [][]byte{longs(0, 0), longs(1, 0), longs(0, 1), longs(1, 1), longs(4096, 1), longs(4097, 1)} {
		list = append(list, story{fmt.Sprintf("filter %x", v), []ask{put(so, sockets.SO_ATTACH_FILTER, v), put(so, sockets.SO_ATTACH_REUSEPORT_CBPF, v)}})
	}
	return append(list,
		story{"pacing", []ask{put(so, 47, longs(1<<40)), tell(so, 47, 8), tell(so, 47, 4), put(so, 47, longs(-1)), tell(so, 47, 4)}},
		story{"locked filter", []ask{put(so, 44, words(1)), put(so, 44, words(0)), put(so, 27, words(0)), put(so, 26, longs(1, 0)), put(so, 50, words(0))}},
		story{"low mark, fixed buffer", []ask{put(so, 8, words(10000)), put(so, 18, words(50000)), tell(so, 18, 4), tell(so, 8, 4)}},
		story{"low mark", []ask{put(so, 18, words(100000)), tell(so, 18, 4), tell(so, 8, 4), put(so, 18, words(1)), tell(so, 8, 4)}},
		story{"low mark, locked buffer", []ask{put(so, 72, words(2)), put(so, 18, words(100000)), tell(so, 18, 4), tell(so, 8, 4)}})
}

// headerStories are what IP's headers may carry.
func headerStories() (list []story) {
	list = append(list, story{"type of service and priority", []ask{put(ip, 1, words(16)), tell(ip, 1, 4), tell(so, 12, 4), put(ip, 1, words(255)), tell(ip, 1, 4),
		tell(so, 12, 4), put(ip, 1, []byte{8}), tell(so, 12, 4), put(ip, 1, words(3)), tell(ip, 1, 4), tell(so, 12, 4), put(so, 12, words(5)),
		put(ip, 1, words(3)), tell(so, 12, 4), put(ip, 1, words(0x110)), tell(ip, 1, 4), tell(so, 12, 4)}})
	for _, o := range []string{"", "00", "01", "0101010000", "0707040000000000", "070704000000", "0703040000", "07030a", "440c0500000000000000000000",
		"440c0501aabbccddeeff0011", "440c0503aabbccddeeff0011", "4408050100000000", "8307040a000001", "830b040a0000010a000002", "8303040000",
		"890704010203040000", "94040000", "940400", "940401000000", "82020000", "ff04aabb", "4404050000000000", "44040500f0", "440405f0",
		"0707040707070400", "07070807070707", "0001020304", strings.Repeat("01", 40), strings.Repeat("01", 41)} {
		b := hexBytes(o)
		list = append(list, story{"IP options " + o, []ask{put(ip, 4, b), tell(ip, 4, 64), tell(ip, 4, 3), put(ip, 4), tell(ip, 4, 64)}})
	}
	for _, h := range []string{"0000010400000000", "0001010c000000000000000000000000", "0002040100000000", "00020401000000000000000000000001" + strings.Repeat("00", 8),
		"000202010000000000000000000000000000000000000001", "000204000000000000000000000000000000000000000001", "00020400ff0000000000000000000000000000000000000001"} {
		for _, o := range []int{54, 55, 57, 59} {
			b := hexBytes(h)
			list = append(list, story{fmt.Sprint("header ", o, " ", h), []ask{put(ip6, o, b), tell(ip6, o, 64), tell(ip6, o, 4), put(ip6, o), tell(ip6, o, 64)}})
		}
	}
	for _, index := range []uint32{0, 1, 9} {
		list = append(list, story{fmt.Sprint("packet information ", index), []ask{put(ip6, 50, addr("::1"), words(index)), put(ip6, 49, words(1)), tell(ip6, 6, 100),
			put(ip6, 51, words(1)), tell(ip6, 6, 100), tell(ip6, 6, 50), tell(ip6, 6, 20), tell(ip6, 6, 8), put(ip6, 66, words(1)), put(ip6, 2, words(1)),
			put(ip6, 8, words(1)), tell(ip6, 6, 400)}})
	}
	return append(list,
		story{"what came with the SYN", []ask{put(ip, 8, words(1)), tell(ip, 9, 100), put(ip, 12, words(1)), tell(ip, 9, 100), put(ip, 13, words(1)), tell(ip, 9, 100),
			tell(ip, 9, 30), tell(ip, 9, 40), tell(ip, 9, 10)}},
		story{"port range", []ask{put(ip, 51, words(40000|50000<<16)), tell(ip, 51, 4), tell(ip, 51, 1), put(ip, 51, words(40000)), tell(ip, 51, 4),
			put(ip, 51, words(50000<<16)), tell(ip, 51, 4), put(ip, 51, words(50000|40000<<16)), put(ip, 51, words(0)), tell(ip, 51, 1)}},
		story{"IPV6_ADDRFORM", []ask{put(ip6, 1, words(inet)), tell(ip6, 1, 4), tell(so, sockets.SO_DOMAIN, 4), put(ip6, 26, words(1)), tell(ip6, 26, 4),
			put(ip, 2, words(10)), tell(ip, 2, 4), tell(ip6, 16, 4), put(ip6, 1, words(inet6))}})
}
