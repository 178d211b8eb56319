package sockets

import (
	"strings"
	"testing"
)

// The numbers that Linux 6.18's headers leave free, or that are no options of
// setsockopt's. All others have an entry in the level's table.
var freeNumbers = map[int]struct {
	prefix string
	last   int
	free   []int
}{
	// include/uapi/asm-generic/socket.h. 22 to 24 are SO_SECURITY_*, names
	// without code; 54 is SCM_TIMESTAMPING_OPT_STATS, 58 SCM_TIMESTAMPING_PKTINFO,
	// 81 SCM_TS_OPT_ID: control messages.
	SOL_SOCKET: {"SO_", 84, []int{0, 22, 23, 24, 54, 58, 81}},
	// include/uapi/linux/in.h. 27 to 31 are free; netfilter's begin at 64.
	IPPROTO_IP: {"IP_ MCAST_", 52, []int{0, 27, 28, 29, 30, 31}},
	// include/uapi/linux/in6.h. 64, 65, 68, 69 are netfilter's.
	IPPROTO_IPV6: {"IPV6_ MCAST_", 78, []int{0, 12, 13, 14, 15, 37, 38, 39, 40, 41, 64, 65, 68, 69, 71}},
	// include/uapi/linux/tcp.h. 15 was TCP_COOKIE_TRANSACTIONS.
	IPPROTO_TCP: {"TCP_", 46, []int{0, 15}},
	// include/uapi/linux/udp.h. UDP-Lite's two are include/net/udplite.h's.
	IPPROTO_UDP: {"UDP_ UDPLITE_", 104, append(append([]int{0}, upTo(2, 9)...), upTo(12, 99)...)},
}

func upTo(from, to int) (list []int) {
	for ; from <= to; from++ {
		list = append(list, from)
	}
	return list
}

// Every number of a level's header has an entry with a name of that level, or
// is free; an entry that answers nothing says so.
func TestEveryOptionNumberIsAccountedFor(t *testing.T) {
	for level, want := range freeNumbers {
		free := map[int]bool{}
		for _, n := range want.free {
			free[n] = true
		}
		table := tables(level)
		for n := 0; n <= max(want.last, len(table)-1); n++ {
			o := find(table, n)
			known := o != nil && o.name != ""
			switch {
			case known && (free[n] || n > want.last):
				t.Errorf("%s %d is %s, and the header has no such option", levelName(level), n, o.name)
			case !known && !free[n]:
				t.Errorf("%s %d has no entry", levelName(level), n)
			case known && o.set == nil && o.get == nil && o.does != optRefused:
				t.Errorf("%s can be neither set nor told, and does not say that it is refused", o.name)
			case known && !hasPrefix(o.name, strings.Fields(want.prefix)):
				t.Errorf("%s is an option of %s", o.name, levelName(level))
			}
		}
	}
}

func hasPrefix(s string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// An option's name stands at one number of its level.
func TestOptionNamesAreUnique(t *testing.T) {
	for level := range freeNumbers {
		at := map[string]int{}
		for n, o := range tables(level) {
			if before, twice := at[o.name]; twice && o.name != "" {
				t.Errorf("%s is %d and %d", o.name, before, n)
			}
			at[o.name] = n
		}
	}
}
