package survey

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"socketbook/sockets"
)

func hexBytes(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

const (
	groupA, groupB   = "224.0.0.251", "239.1.2.3"
	groupA6, groupB6 = "ff02::fb", "ff05::1"
)

// groupStories are IPv4's memberships and their source filters.
func groupStories() (list []story) {
	for _, device := range [][]byte{nil, addr("127.0.0.1"), addr("0.0.0.0"), addr("10.9.9.9"), addr("127.0.0.7")} {
		for _, g := range []string{groupA, groupB, "127.0.0.1", "0.0.0.0"} {
			m := slices.Concat(addr(g), device)
			list = append(list, story{fmt.Sprintf("group %s %x", g, device), []ask{put(ip, 35, m), put(ip, 35, m), put(ip, 36, m), put(ip, 36, m),
				put(ip, 35, m, words(1)), put(ip, 35, m, words(1)), put(ip, 36, m, words(9)), put(ip, 35, m, words(9)), put(ip, 36, m, words(1)),
				put(ip, 32, device), tell(ip, 32, 4), put(ip, 32, addr(g), device, words(1)), tell(ip, 32, 4), put(ip, 32, addr(g), device, words(8)), tell(ip, 32, 2)}})
		}
	}
	lo := addr("127.0.0.1")
	source := func(opt int, from string) ask { return put(ip, opt, addr(groupA), lo, addr(from)) }
	filter := func(mode, n uint32, from ...string) []byte {
		b := slices.Concat(addr(groupA), lo, words(mode, n))
		for _, f := range from {
			b = append(b, addr(f)...)
		}
		return b
	}
	join, leave := put(ip, 35, addr(groupA), lo), put(ip, 36, addr(groupA), lo)
	list = append(list,
		story{"sources", []ask{source(38, "1.2.3.4"), join, source(38, "1.2.3.4"), source(38, "1.2.3.4"), source(39, "1.2.3.4"), source(37, "5.6.7.8"),
			tell(ip, 41, 64, filter(0, 3)), source(37, "1.2.3.4"), source(37, "1.2.3.4"), tell(ip, 41, 64, filter(0, 3)), source(39, "1.2.3.4"),
			leave, source(39, "1.2.3.4"), source(39, "1.2.3.5"), tell(ip, 41, 64, filter(0, 1)), source(40, "1.2.3.4"), source(40, "1.2.3.5"), leave}},
		story{"one source", []ask{source(39, "1.2.3.4"), tell(ip, 41, 64, filter(0, 3)), leave, put(ip, 39, addr(groupA), lo, words(1, 2))}},
		story{"filter", []ask{put(ip, 41, filter(1, 1, "1.1.1.1")), join, put(ip, 41, filter(1, 1, "1.1.1.1")), tell(ip, 41, 20, filter(9, 9)),
			put(ip, 41, filter(2, 1, "1.1.1.1")), put(ip, 41, filter(0, 2, "1.1.1.1")), put(ip, 41, filter(0, 2, "1.1.1.1", "2.2.2.2")),
			tell(ip, 41, 40, filter(9, 9)), put(ip, 41, filter(0, 11, "1.1.1.1")), put(ip, 41, filter(0, 0)), tell(ip, 41, 16, filter(0, 0)),
			put(ip, 41, filter(1, 0)), put(ip, 41, filter(1, 0)), tell(ip, 41, 16, filter(0, 0)), tell(ip, 41, 15, filter(0, 0))}})
	many, sources := story{name: "22 groups"}, story{"12 sources", []ask{join}}
	for i := range 22 {
		many.asks = append(many.asks, put(ip, 35, addr(fmt.Sprintf("239.0.0.%d", i+1)), lo))
	}
	for i := range 12 {
		sources.asks = append(sources.asks, source(38, fmt.Sprintf("1.0.0.%d", i+1)))
	}
	return append(list, many, sources)
}

// group6Stories are IPv6's memberships, the options that work for both
// families, and flow labels.
func group6Stories() (list []story) {
	for _, level := range []int{ip, ip6} {
		for _, index := range []uint32{0, 1, 9} {
			list = append(list, bothStories(level, index)...)
		}
	}
	for _, g := range []string{groupA6, groupB6, "ff01::1", "::1", "2001:db8::1", "::"} {
		for _, index := range []uint32{0, 1, 9} {
			m := slices.Concat(addr(g), words(index))
			list = append(list, story{fmt.Sprint("group ", g, " ", index), []ask{put(ip6, 20, m), put(ip6, 20, m), put(ip6, 21, m), put(ip6, 21, m),
				put(ip6, 21, addr(g), words(0)), put(ip6, 27, m), put(ip6, 28, m), put(ip6, 17, words(index)), tell(ip6, 17, 4)}})
		}
	}
	label := func(dst string, number uint32, action, share byte, flags uint16) []byte {
		b := append(slices.Concat(addr(dst), binary.BigEndian.AppendUint32(nil, number)), action, share)
		return append(binary.LittleEndian.AppendUint16(b, flags), make([]byte, 8)...)
	}
	for i, dst := range []string{"::1", "::", "::ffff:1.2.3.4", "2001:db8::1"} {
		for _, share := range []byte{0, 1, 4} {
			n := uint32(100 + 10*i + int(share)) // labels outlive their sockets
			f := func(number uint32, action byte, flags uint16) ask {
				return put(ip6, 32, label(dst, number, action, share, flags))
			}
			list = append(list, story{fmt.Sprint("flow ", dst, " ", share), []ask{f(n, 0, 0), f(1<<20, 0, 1), f(n, 0, 4), f(n, 1, 4), f(n, 1, 0), f(n, 2, 0),
				f(n, 3, 0), tell(ip6, 32, 31, label(dst, n, 0, 0, 0)), tell(ip6, 32, 32, label(dst, n, 1, 0, 0)), tell(ip6, 32, 32, label(dst, n, 0, 0, 0))}})
		}
	}
	return list
}

// bothStories are the options that name a device by number and addresses in a
// struct sockaddr_storage.
func bothStories(level int, index uint32) []story {
	g, x, y, other := storage(groupA), storage("1.2.3.4"), storage("4.3.2.1"), storage(groupA6)
	if level == ip6 {
		g, x, y, other = storage(groupA6), storage("2001:db8::1"), storage("2001:db8::2"), storage(groupA)
	}
	head := words(index, 0)
	group := func(opt int, a []byte) ask { return put(level, opt, head, a) }
	source := func(opt int, a, b []byte) ask { return put(level, opt, head, a, b) }
	filter := func(a []byte, mode, n uint32, from ...[]byte) []byte {
		return slices.Concat(head, a, words(mode, n), slices.Concat(from...))
	}
	const join, block, unblock, leave = sockets.MCAST_JOIN_GROUP, sockets.MCAST_BLOCK_SOURCE, sockets.MCAST_UNBLOCK_SOURCE, sockets.MCAST_LEAVE_GROUP
	const joinFrom, leaveFrom, all = sockets.MCAST_JOIN_SOURCE_GROUP, sockets.MCAST_LEAVE_SOURCE_GROUP, sockets.MCAST_MSFILTER
	return []story{
		{fmt.Sprint("memberships ", level, " ", index), []ask{group(join, g), group(join, g), source(block, g, x), source(block, g, x),
			tell(level, all, 500, filter(g, 0, 3)), source(unblock, g, x), source(unblock, g, x), source(joinFrom, g, x), group(leave, g),
			source(joinFrom, g, x), source(joinFrom, g, y), tell(level, all, 500, filter(g, 0, 1)), source(leaveFrom, g, x), source(leaveFrom, g, y),
			group(leave, g), put(level, all, filter(g, 1, 1, x)), group(join, g), put(level, all, filter(g, 1, 1, x)), tell(level, all, 500, filter(g, 0, 1)),
			put(level, all, filter(g, 3, 1, x)), put(level, all, filter(g, 0, 2, x)), put(level, all, filter(g, 0, 70, x)), put(level, all, filter(g, 0, 11, x)),
			put(level, all, filter(g, 1, 0)), group(leave, g)}},
		{fmt.Sprint("no memberships ", level, " ", index), []ask{group(join, other), group(leave, other), source(block, other, x), source(block, g, other),
			put(level, all, filter(other, 0, 0)), tell(level, all, 200, filter(other, 0, 0)), group(join, x), group(leave, x), source(block, x, x),
			tell(level, all, 200, filter(x, 0, 0)), source(joinFrom, g, x), tell(level, all, 143, filter(g, 0, 0)), put(level, block, head, g, x, []byte{0})}},
	}
}
