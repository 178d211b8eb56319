package survey

import (
	"fmt"
	"slices"

	"socketbook/sockets"
)

// levels with the numbers of options to ask about: all of the headers', and
// some beyond.
var levels = []struct{ level, last int }{
	{sockets.SOL_SOCKET, 88}, {sockets.IPPROTO_IP, 55}, {sockets.IPPROTO_IPV6, 80}, {sockets.IPPROTO_TCP, 48},
	{sockets.IPPROTO_UDP, 106}, {sockets.IPPROTO_UDPLITE, 12}, {sockets.SOL_RAW, 2}, {sockets.IPPROTO_ICMPV6, 2},
	{500, 1}, {-1, 1},
}

// leftOut are options the answers to which depend on how a kernel was built
// (netfilter's tables), or that take memory.
func leftOut(level, opt int) bool {
	return level == sockets.IPPROTO_IPV6 && (opt == 64 || opt == 65 || opt == 68 || opt == 69 || opt == 80) ||
		level == sockets.SOL_SOCKET && opt == sockets.SO_RESERVE_MEM ||
		level == sockets.IPPROTO_TCP && opt == sockets.TCP_CC_INFO
}

// theMachine's are values of a connection that its devices and the automatic
// tuning of buffers choose.
func theMachines(s specimen, level, opt int) bool {
	return slices.Contains([]string{"tcp client", "tcp server", "tcp close-wait", "tcp fin-wait-2",
		"tcp6 client", "tcp6 server", "tcp6 mapped client", "tcp6 mapped server"}, s.name) &&
		(level == sockets.SOL_SOCKET && opt == sockets.SO_SNDBUF || level == sockets.IPPROTO_TCP && opt == sockets.TCP_MAXSEG)
}

var (
	manyValues = []int32{1, 0, 2, 3, 7, -1, -2, 4, 5, 6, 8, 9, 15, 16, 47, 60, 63, 64, 87, 88, 100, 127, 128, 255, 256, 257, 535, 536,
		1000, 1024, 1151, 1152, 1153, 1279, 1280, 1500, 2304, 3000, 4096, 4608, 8000, 32767, 32768, 65535, 65536, 100000, 119999,
		120000, 120001, 200000, 200001, 212992, 4194303, 4194304, 4194305, 16777216, 33554432, 268435455, 268435456,
		1073741823, 1073741824, 2147483647, -2147483648, -100}
	fewValues = []int32{1, 0, 2, -1, 64, 255, 256, 1500, 65535}
	lengths   = []int{4, 0, 1, 2, 3, 5, 7, 8, 12, 15, 16, 20, 24, 32, 40, 136, 144, 264, 280, -1, -2147483648}
)

// sweep asks every option of every specimen at every level: told in buffers of
// many lengths, set to many values, and set with many lengths.
func (a *asker) sweep() {
	for i, s := range specimens {
		for _, l := range levels {
			if i >= 4 && l.level != sockets.SOL_SOCKET && l.last > 12 && !ownLevel(s, l.level) {
				l.last = 2 // the same answer for all: one is enough
			}
			for opt := -1; opt <= l.last+1; opt++ {
				if opt > l.last {
					opt = 99999
				}
				if !leftOut(l.level, opt) && !theMachines(s, l.level, opt) {
					a.option(s, l.level, opt, i < 4)
				}
			}
		}
	}
}

// ownLevel reports whether the level is one the specimen has options of.
func ownLevel(s specimen, level int) bool {
	switch s.name[:3] {
	case "tcp":
		return level != sockets.IPPROTO_UDP && (level != sockets.IPPROTO_IPV6 || s.name[3] == '6')
	case "udp":
		return level != sockets.IPPROTO_TCP && (level != sockets.IPPROTO_IPV6 || s.name[3] == '6')
	case "raw":
		return level == sockets.IPPROTO_IP || level == sockets.IPPROTO_IPV6 && s.name[3] == '6'
	}
	return false
}

// option asks one option.
func (a *asker) option(s specimen, level, opt int, much bool) {
	defer a.clean()
	fd := s.make(a)
	if fd < 0 {
		a.line("%s %d/%d cannot be made", s.name, level, opt)
		return
	}
	var told, set, short, wide runs
	for _, n := range lengths {
		told.add(fmt.Sprint(n), a.get(fd, level, opt, n, nil))
	}
	list := fewValues
	if much {
		list = manyValues
	}
	for _, v := range list {
		answer := a.set(fd, level, opt, words(uint32(v)), 4)
		set.add(fmt.Sprint(v), answer+" "+a.get(fd, level, opt, 16, nil))
	}
	a.clean()
	fd = s.make(a)
	all := make([]byte, 280)
	for i := range all {
		all[i] = 0xff
	}
	for _, n := range lengths {
		short.add(fmt.Sprint(n), a.set(fd, level, opt, words(1), n)+" "+a.get(fd, level, opt, 16, nil))
	}
	for _, n := range lengths {
		wide.add(fmt.Sprint(n), a.set(fd, level, opt, all, n)+" "+a.get(fd, level, opt, 16, nil))
	}
	a.line("%s %d/%d told%s | set%s | 1%s | ff%s", s.name, level, opt, &told, &set, &short, &wide)
}
