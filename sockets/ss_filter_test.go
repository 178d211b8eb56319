package sockets

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// Whatever a filter lets pass is what a look at every row would have chosen.
func TestSocketFilterChooses(t *testing.T) {
	st := lanStory(t)
	st.ok(st.client.AddAddrs("10.1.0.1", 3), "more addresses")
	l80, l81 := st.listen(80, 3), st.listen(81, 16)
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 12}) // more than the queue takes
	other := st.client.NewLoad(st.server.Addr(81), LoadOptions{Clients: 8})
	st.settle()
	st.accept(l80)
	for range 4 {
		st.accept(l81)
	}
	other.Close(0)
	other.Close(1)
	st.settle()
	st.ok(st.s.Close(st.accept(l81)), "close")
	st.settle()
	all := st.server.Sockets()
	for _, c := range []struct {
		filter string
		pass   func(r SocketRow) bool
	}{
		{"", func(SocketRow) bool { return true }},
		{"state all", func(SocketRow) bool { return true }},
		{"state established", func(r SocketRow) bool { return r.State == Established }},
		{"state close-wait state fin-wait-2", func(r SocketRow) bool { return r.State == CloseWait || r.State == FinWait2 }},
		{"exclude listening exclude syn-recv", func(r SocketRow) bool { return r.State != Listen && r.State != SynRecv }},
		{"state connected exclude established", func(r SocketRow) bool { return r.State != Listen && r.State != Established }},
		{"state listening ( sport = :81 )", func(r SocketRow) bool { return r.State == Listen && r.Local.Port == 81 }},
		{"sport = :80 and src 10.0.0.1", func(r SocketRow) bool { return r.Local.Port == 80 && r.Local == Addr("10.0.0.1:80") }},
		{"dst 10.1.0.0/16", func(r SocketRow) bool {
			return netip.MustParsePrefix("10.1.0.0/16").Contains(r.Peer.AddrPort().Addr())
		}},
		{"dst 10.1.0.2:" + itoa(int(all[len(all)-1].Peer.Port)), func(r SocketRow) bool {
			return r.Peer.AddrPort() == netip.AddrPortFrom(netip.MustParseAddr("10.1.0.2"), all[len(all)-1].Peer.Port)
		}},
		{"dport = :1", func(SocketRow) bool { return false }},
	} {
		f, err := ParseSocketFilter(c.filter)
		if err != nil {
			t.Fatalf("%q is a filter of ss: %v", c.filter, err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(r SocketRow) bool { return !c.pass(r) })
		if got := st.server.SocketsWhere(f); !slices.Equal(got, want) {
			t.Errorf("ss %s must show\n%vand shows\n%v", c.filter, want, got)
		}
	}
	if states := st.server.StatesInOrder(); len(states) != len(all)-len(all.In(SynRecv)) || states[0] != Listen || states[1] != Listen {
		t.Errorf("each socket has its place in the picture, the listeners were first: %v", states)
	}
	counts := st.server.SocketStates()
	n := 0
	for _, s := range counts {
		n += s.N
		if rows := all.In(s.State); len(rows) != s.N || counts.In(s.State) != s.N {
			t.Errorf("%v: %d rows, counted %d", s.State, len(rows), s.N)
		}
	}
	if n != len(all) || !strings.Contains(counts.String(), "LISTEN     2\n") {
		t.Errorf("every row is counted once: %d of %d\n%v", n, len(all), counts)
	}
	st.audit()
}

func TestSocketFilterRefuses(t *testing.T) {
	for filter, want := range map[string]string{
		"state open":      `state is "open", allowed: a state as ss(8) spells it`,
		"state":           `state is ""`,
		"sport = :0":      `sport is ":0", allowed: a port`,
		"dport = :http":   `dport is ":http"`,
		"src 10.0.0":      `src is "10.0.0", allowed: an address`,
		"port = :80":      `filter is "port", allowed: state, exclude, sport, dport, src or dst`,
		"dst 10.0.0.0/40": `dst is "10.0.0.0/40"`,
	} {
		_, err := ParseSocketFilter(filter)
		var limit *LimitError
		if !errors.As(err, &limit) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", filter, err, want)
		}
	}
}

// Who holds a socket: each process with each number, who came last first.
func TestSocketHolders(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 1)
	_, err := st.s.Dup(l)
	st.ok(err, "dup")
	_, err = st.s.Fork("a worker with a long name")
	st.ok(err, "fork")
	got := st.server.Sockets()[0].Processes
	want := `users:(("a worker with a",pid=1002,fd=4),("a worker with a",pid=1002,fd=3),("server",pid=1000,fd=4),("server",pid=1000,fd=3))`
	if got != want {
		t.Errorf("ss -p shows %s, want %s", got, want)
	}
}
