package sockets

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// SocketFilter says which sockets ss is to show: those for which everything in
// it is true. The zero filter lets all pass, as `ss -a` does.
type SocketFilter struct {
	States              []State // one of these; none: any
	LocalPort, PeerPort uint16  // 0: any
	Local, Peer         netip.Prefix
}

// ParseSocketFilter reads a filter in ss's own words (ss(8), a part of them):
//
//	state NAME | exclude NAME         established, time-wait, …, or connected, synchronized, bucket, big, all
//	sport = :80 | dport = :443        the local port, the peer's
//	src 10.0.0.1 | dst 10.1.0.0/16    the local address, the peer's; with :80 the port too
//
// All of them must hold; "and" and brackets between them may be left out. The
// error is a *[LimitError].
func ParseSocketFilter(words string) (SocketFilter, error) {
	var f SocketFilter
	states := uint16(0)
	w := strings.Fields(strings.NewReplacer("(", " ", ")", " ", "=", " = ").Replace(words))
	next := func() string {
		for len(w) > 0 && (w[0] == "=" || w[0] == "eq") {
			w = w[1:]
		}
		if len(w) == 0 {
			return ""
		}
		word := w[0]
		w = w[1:]
		return word
	}
	for len(w) > 0 {
		var err error
		switch word := next(); word {
		case "", "and":
		case "state", "exclude":
			name := next()
			group, ok := stateGroups[name]
			if !ok {
				return f, &LimitError{word, strconv.Quote(name), "a state as ss(8) spells it, such as established or time-wait"}
			}
			if word == "exclude" {
				group = anyState &^ group
			}
			if states == 0 || word == "exclude" {
				states = (states | anyState*b2u(states == 0)) & group
			} else {
				states |= group
			}
		case "sport":
			f.LocalPort, err = filterPort(word, next())
		case "dport":
			f.PeerPort, err = filterPort(word, next())
		case "src":
			f.Local, err = filterAddr(word, next(), &f.LocalPort)
		case "dst":
			f.Peer, err = filterAddr(word, next(), &f.PeerPort)
		default:
			err = &LimitError{"filter", strconv.Quote(word), "state, exclude, sport, dport, src or dst"}
		}
		if err != nil {
			return f, err
		}
	}
	for s := Established; s <= Closing; s++ {
		if states>>s&1 != 0 {
			f.States = append(f.States, s)
		}
	}
	return f, nil
}

func b2u(b bool) uint16 {
	if b {
		return 1
	}
	return 0
}

func filterPort(word, value string) (uint16, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(value, ":"), 10, 16)
	if err != nil || n == 0 {
		return 0, &LimitError{word, strconv.Quote(value), "a port, as in = :80"}
	}
	return uint16(n), nil
}

func filterAddr(word, value string, port *uint16) (p netip.Prefix, err error) {
	if ap, err := netip.ParseAddrPort(value); err == nil {
		*port = ap.Port()
		return netip.PrefixFrom(ap.Addr(), ap.Addr().BitLen()), nil
	}
	if a, err := netip.ParseAddr(value); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	if p, err = netip.ParsePrefix(value); err != nil {
		return p, &LimitError{word, strconv.Quote(value), "an address, with a port or a prefix length if need be, as in 10.1.0.0/16"}
	}
	return p, nil
}

// anyState has a bit for each state.
const anyState = 1<<(Closing+1) - 1<<Established

// stateGroups are the names that ss knows, with a bit for each state.
var stateGroups = map[string]uint16{
	"established": 1 << Established, "syn-sent": 1 << SynSent, "syn-recv": 1 << SynRecv, "fin-wait-1": 1 << FinWait1,
	"fin-wait-2": 1 << FinWait2, "time-wait": 1 << TimeWait, "closed": 1 << Closed, "close-wait": 1 << CloseWait,
	"last-ack": 1 << LastAck, "listening": 1 << Listen, "closing": 1 << Closing,
	"all":          anyState,
	"connected":    anyState &^ (1<<Listen | 1<<Closed),
	"synchronized": anyState &^ (1<<Listen | 1<<Closed | 1<<SynSent),
	"bucket":       1<<TimeWait | 1<<SynRecv,
	"big":          anyState &^ (1<<TimeWait | 1<<SynRecv),
}

// sieve is a filter made ready: the cheapest questions first.
type sieve struct {
	states       uint16
	lport, rport uint16
	local, peer  netip.Prefix
}

func (f SocketFilter) sieve() sieve {
	v := sieve{states: anyState, lport: f.LocalPort, rport: f.PeerPort, local: f.Local, peer: f.Peer}
	if len(f.States) > 0 {
		v.states = 0
		for _, s := range f.States {
			if s <= Closing {
				v.states |= 1 << s
			}
		}
	}
	return v
}

// lets reports whether a socket passes by its state and its ports.
func (v *sieve) lets(state State, lport, rport uint16) bool {
	return v.states>>state&1 != 0 && (v.lport == 0 || v.lport == lport) && (v.rport == 0 || v.rport == rport)
}

// asksAddrs reports whether addresses must be looked at, letsAddrs whether they
// pass.
func (v *sieve) asksAddrs() bool { return v.local.IsValid() || v.peer.IsValid() }

func (v *sieve) letsAddrs(local, peer SockAddr) bool {
	in := func(p netip.Prefix, a SockAddr) bool {
		return !p.IsValid() || p.Contains(a.AddrPort().Addr().Unmap())
	}
	return in(v.local, local) && in(v.peer, peer)
}

// StateCount is how many of a host's TCP sockets are in a state.
type StateCount struct {
	State State
	N     int
}

// StateCounts is a histogram of sockets by state. It prints a line for each,
// as ss spells them.
type StateCounts []StateCount

// SocketStates counts the host's TCP sockets that have an address by their
// state, in the order of Linux's numbers, without those that nobody is in. A
// million of them take some milliseconds.
func (h *Host) SocketStates() StateCounts {
	var n [Closing + 1]int
	h.socks.each(func(_ uint32, s *sock) {
		if s.proto == protoTCP {
			n[s.state]++
		}
	})
	n[SynRecv] += h.requests.live
	var counts StateCounts
	for s := Established; s <= Closing; s++ {
		if n[s] > 0 && s != Closed {
			counts = append(counts, StateCount{s, n[s]})
		}
	}
	return counts
}

// StatesInOrder is the state of each TCP socket that has an address, in the
// order of their making (places that closed sockets left are filled first): one
// byte each, for a picture of a million.
func (h *Host) StatesInOrder() []State {
	states := make([]State, 0, h.socks.live)
	h.socks.each(func(_ uint32, s *sock) {
		if s.proto == protoTCP && s.state != 0 && s.state != Closed {
			states = append(states, s.state)
		}
	})
	return states
}

// In is how many are in one state.
func (c StateCounts) In(state State) int {
	for _, s := range c {
		if s.State == state {
			return s.N
		}
	}
	return 0
}

func (c StateCounts) String() string {
	var b strings.Builder
	for _, s := range c {
		fmt.Fprintf(&b, "%-10s %d\n", s.State.SS(), s.N)
	}
	return b.String()
}
