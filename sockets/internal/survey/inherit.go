package survey

import (
	"fmt"

	"socketbook/sockets"
)

// inherit sets an option on a listener, takes a connection, and asks the child
// for it; then it changes the child's and asks the listener.
func (a *asker) inherit() {
	for _, six := range []bool{false, true} {
		for _, l := range levels[:4] {
			if l.level == sockets.IPPROTO_IPV6 && !six {
				continue
			}
			for opt := 0; opt <= l.last; opt++ {
				if leftOut(l.level, opt) || childLeftOut(l.level, opt) {
					continue
				}
				for _, v := range [][]byte{words(1), words(0), words(5), words(3000, 0), words(1, 7), longs(1, 0)} {
					a.child(six, l.level, opt, v)
				}
			}
		}
	}
}

// childLeftOut are options that keep the connection from being made, or are the
// machine's (see theMachines).
func childLeftOut(level, opt int) bool {
	switch level {
	case sockets.SOL_SOCKET:
		return opt == sockets.SO_SNDBUF || opt == sockets.SO_BINDTOIFINDEX
	case sockets.IPPROTO_TCP:
		return opt == sockets.TCP_MAXSEG
	case sockets.IPPROTO_IPV6:
		return opt == sockets.IPV6_HOPOPTS || opt == sockets.IPV6_RTHDRDSTOPTS
	}
	return false
}

func (a *asker) child(six bool, level, opt int, v []byte) {
	defer a.clean()
	domain, at, from := inet, here, there
	if six {
		domain, at, from = inet6, here6, there6
	}
	l := listening(domain, at)(a)
	question := fmt.Sprintf("%d %d/%d %x", domain, level, opt, v)
	if answer := a.set(l, level, opt, v, len(v)); answer != "ok" {
		a.line("%s: %s", question, answer)
		return
	}
	before := a.get(l, level, opt, 64, nil)
	c := plain(domain, stream, 0)(a)
	a.k.Bind(c, sockets.Addr(from))
	a.k.Connect(c, sockets.Addr(at))
	a.k.Settle()
	a.k.Write(c, []byte("x")) // TCP_DEFER_ACCEPT waits for it
	a.k.Settle()
	fd, _, err := a.k.Accept4(l, nonblock)
	s := a.keep(fd, err)
	if s < 0 { // bound to a device that is not there
		a.line("%s: listener %s, accept %s", question, before, errno(err))
		return
	}
	told := a.get(s, level, opt, 64, nil)
	answer := a.set(s, level, opt, words(3), 4) // odd: TCP_QUICKACK of 2 looks for an acknowledgement that waits
	a.line("%s: listener %s, child %s; set 3 %s, child %s, listener %s", question, before, told, answer,
		a.get(s, level, opt, 64, nil), a.get(l, level, opt, 64, nil))
}
