package survey

import (
	"encoding/binary"
	"fmt"
	"slices"

	"socketbook/sockets"
)

// tcpStories are TCP's names, keys and repairs.
func tcpStories() (list []story) {
	for _, n := range []string{"reno", "", "x", "reno\x00junk", "nosuchalgorithmatall", "reno "} {
		list = append(list, story{fmt.Sprintf("congestion %q", n), []ask{put(tcp, 13, []byte(n)), put(tcp, 13, []byte(n), []byte{0})}})
	}
	for _, n := range []string{"", "x", "smc"} {
		list = append(list, story{fmt.Sprintf("upper layer %q", n), []ask{put(tcp, 31, []byte(n)), tell(tcp, 31, 16)}})
	}
	key := func(a []byte, flags, prefix byte, n uint16, index uint32) []byte {
		b := append(slices.Clone(a), flags, prefix)
		b = binary.LittleEndian.AppendUint16(b, n)
		return slices.Concat(b, words(index), make([]byte, 80))
	}
	for _, a := range [][]byte{storage("127.0.0.1"), storage("::1"), storage("::ffff:127.0.0.1"), make([]byte, 128)} {
		const md5, ext = sockets.TCP_MD5SIG, sockets.TCP_MD5SIG_EXT
		list = append(list, story{fmt.Sprintf("md5 %x", a[:24]), []ask{put(tcp, md5, key(a, 0, 0, 0, 0)), put(tcp, md5, key(a, 0, 0, 5, 0)),
			put(tcp, md5, key(a, 0, 0, 81, 0)), put(tcp, md5, key(a, 0, 0, 0, 0)), put(tcp, md5, key(a, 0, 0, 0, 0)), put(tcp, ext, key(a, 1, 33, 5, 0)),
			put(tcp, ext, key(a, 1, 129, 5, 0)), put(tcp, ext, key(a, 1, 24, 5, 0)), put(tcp, md5, key(a, 0, 0, 0, 0)), put(tcp, ext, key(a, 1, 24, 0, 0)),
			put(tcp, ext, key(a, 2, 0, 5, 1)), put(tcp, ext, key(a, 2, 0, 5, 0)), put(tcp, ext, key(a, 2, 0, 5, 9))}})
	}
	zero := func(n int, at ...int) []byte {
		b := make([]byte, n)
		for _, i := range at {
			b[i] = 1
		}
		return b
	}
	var copies []ask
	for _, n := range []int{8, 12, 16, 20, 24, 28, 40, 64, 80} {
		copies = append(copies, tell(tcp, sockets.TCP_ZEROCOPY_RECEIVE, n))
	}
	copies = append(copies, tell(tcp, 35, 80, zero(65, 64)), tell(tcp, 35, 64, zero(1, 0)), tell(tcp, 35, 64, zero(61, 60)), tell(tcp, 35, 64, zero(57, 56)))
	return append(list,
		story{"repair", []ask{put(tcp, 20, words(1)), put(tcp, 19, words(1)), tell(so, 2, 4), put(tcp, 20, words(1)), tell(tcp, 20, 4), put(tcp, 21, words(77)),
			put(tcp, 20, words(2)), put(tcp, 21, words(78)), put(tcp, 20, words(3)), put(tcp, 22, words(2, 1400)), put(tcp, 24, words(5)),
			put(tcp, 29, words(0, 5, 1, 0, 0)), tell(tcp, 29, 20), put(tcp, 19, words(1<<32-1)), tell(so, 2, 4), tell(tcp, 20, 4), put(tcp, 19, words(2)), put(tcp, 42, words(0))}},
		story{"fast open", []ask{put(tcp, 23, words(5)), tell(tcp, 33, 32), put(tcp, 33, make([]byte, 16)), tell(tcp, 33, 32), put(tcp, 33, zero(32, 31)),
			tell(tcp, 33, 64), tell(tcp, 33, 20), put(tcp, 30, words(1)), tell(tcp, 30, 4)}},
		story{"zero copy", copies})
}

// rawStories are the filters and checksums of raw sockets.
func rawStories() []story {
	return []story{{"raw", []ask{put(rawLevel, 1, words(5)), tell(rawLevel, 1, 4), put(rawLevel, 1, []byte{9}), tell(rawLevel, 1, 4), tell(rawLevel, 1, 2),
		put(icmpSix, 1, words(1, 2, 3, 4, 5, 6, 7, 8)), tell(icmpSix, 1, 64), put(icmpSix, 1, []byte{255, 255}), tell(icmpSix, 1, 8),
		put(ip6, 7, words(4)), tell(ip6, 7, 4), put(ip6, 7, words(1<<32-1)), tell(ip6, 7, 4), put(rawLevel, 7, words(6)), tell(rawLevel, 7, 4),
		put(ip6, 36, words(1)), tell(ip6, 36, 4), put(rawLevel, 36, words(0)), tell(rawLevel, 36, 4), tell(rawLevel, 99, 4)}}}
}
