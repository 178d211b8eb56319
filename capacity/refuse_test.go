package capacity_test

import (
	"math"
	"strings"
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

func TestBadInputIsRefusedByName(t *testing.T) {
	of := func(l sockets.Limits, w capacity.Workload) error {
		_, err := capacity.Of(l, w)
		return err
	}
	second := func(_ any, err error) error { return err }
	clients := func(c capacity.Clients) capacity.Workload {
		return capacity.Workload{Clients: []capacity.Clients{c}}
	}
	const huge = math.MaxInt64
	for _, c := range []struct {
		desc           string
		err            error
		field, allowed string // allowed: a part of it
	}{
		{"no memory", second(capacity.ByMemory(0, 0, 1)), "ram", "1 to"},
		{"negative memory", second(capacity.ByMemory(-1, 0, 1)), "ram", "1 to"},
		{"everything reserved", second(capacity.ByMemory(100, 100, 1)), "reserved", "0 to 99"},
		{"sockets for nothing", second(capacity.ByMemory(100, 0, 0)), "perConn", "1 to"},
		{"nobody to share with", second(capacity.PerConn(100, 0, 0)), "connections", "1 to"},
		{"more memory than a number holds", second(capacity.NeedMemory(huge, 0, 2)), "connections × perConn + reserved", "2^63-1"},
		{"a negative limit", second(capacity.ByDescriptors(-1, 4, 1)), "limit", "0 to"},
		{"free connections", second(capacity.ByDescriptors(1024, 4, 0)), "perConn", "1 to"},
		{"too many descriptors", second(capacity.NeedDescriptors(huge, 4, 1)), "connections × perConn + taken", "2^63-1"},
		{"no client", second(capacity.ByTuples(0, 1, 1, 1)), "clientAddrs", "1 to"},
		{"more ports than a header holds", second(capacity.ByTuples(1, 65537, 1, 1)), "portsPerClient", "1 to 65536"},
		{"a port range upside down", second(capacity.Ports(2000, 1000)), "low", "1 to 1000"},
		{"a port beyond 65535", second(capacity.Ports(1, 65536)), "high", "1 to 65535"},
		{"IPv6, 2^144 pairs", second(capacity.ByTuples(huge, 1<<16, 1, 1)), "clientAddrs × portsPerClient × serverAddrs × serverPorts", "2^63-1"},
		{"exactly 2^63", second(capacity.ByTuples(1<<47, 1<<16, 1, 1)), "clientAddrs × portsPerClient × serverAddrs × serverPorts", "2^63-1"},

		{"RAM below zero", of(sockets.Limits{RAM: -1}, capacity.Workload{}), "RAM", "to"},
		{"soft above hard", of(sockets.Limits{NofileSoft: 10, NofileHard: 5}, capacity.Workload{}), "NofileSoft", "1 to 5"},
		{"server ports upside down", of(sockets.Limits{PortLow: 2, PortHigh: 1}, capacity.Workload{}), "PortLow", "1 to 1"},
		{"client ports upside down", of(sockets.Limits{}, clients(capacity.Clients{Limits: sockets.Limits{PortLow: 2, PortHigh: 1}})), "PortLow", "1 to 1"},
		{"minus one client", of(sockets.Limits{}, clients(capacity.Clients{Addrs: -1})), "Clients[0].Addrs", "1 to"},
		{"too many ports", of(sockets.Limits{}, clients(capacity.Clients{Ports: 70000})), "Clients[0].Ports", "1 to 65536"},
		{"too many pairs", of(sockets.Limits{}, clients(capacity.Clients{Addrs: huge})), "Clients[0].Addrs × Ports × ServerAddrs × ServerPorts", "2^63-1"},
		{"a sum of pairs too large", of(sockets.Limits{}, capacity.Workload{Clients: []capacity.Clients{{Addrs: huge, Ports: 1}, {Addrs: 1, Ports: 1}}}), "Σ Clients", "2^63-1"},
		{"negative server addresses", of(sockets.Limits{}, capacity.Workload{ServerAddrs: -1}), "ServerAddrs", "1 to"},
		{"server port 65536", of(sockets.Limits{}, capacity.Workload{ServerPorts: 65536}), "ServerPorts", "1 to 65535"},
		{"negative processes", of(sockets.Limits{}, capacity.Workload{Processes: -1}), "Processes", "1 to"},
		{"negative listeners", of(sockets.Limits{}, capacity.Workload{Listeners: -1}), "Listeners", "1 to"},
		{"negative reserve", of(sockets.Limits{}, capacity.Workload{Reserve: -1}), "Reserve", "0 to"},
		{"negative descriptors", of(sockets.Limits{}, capacity.Workload{DescriptorsPerConn: -1}), "DescriptorsPerConn", "1 to"},
		{"negative application", of(sockets.Limits{}, capacity.Workload{AppBytes: -1}), "AppBytes", "0 to"},
		{"all RAM reserved", of(sockets.Limits{}, capacity.Workload{ReservedRAM: 16 << 30}), "ReservedRAM", "0 to 17179869183"},

		{"NaN bytes", second(capacity.RoundBytes(math.NaN())), "bytes", "2^63"},
		{"infinite bytes", second(capacity.RoundBytes(math.Inf(1))), "bytes", "2^63"},
		{"2^63 bytes", second(capacity.RoundBytes(1 << 63)), "bytes", "2^63"},
		{"negative bytes", second(capacity.RoundBytes(-0.6)), "bytes", "2^63"},
		{"no unit", second(capacity.ParseBytes("16")), "bytes", "GiB"},
		{"half a unit", second(capacity.ParseBytes("16 G")), "bytes", "GiB"},
		{"bits", second(capacity.ParseBytes("16 Gb")), "bytes", "GiB"},
		{"a sign", second(capacity.ParseBytes("-16 GB")), "bytes", "GiB"},
		{"not a number", second(capacity.ParseBytes("NaN GB")), "bytes", "GiB"},
		{"an exponent", second(capacity.ParseBytes("1e9 GB")), "bytes", "GiB"},
		{"a loose comma", second(capacity.ParseBytes("1,00 GB")), "bytes", "GiB"},
		{"two points", second(capacity.ParseBytes("1.0.0 GB")), "bytes", "GiB"},
		{"8 EiB", second(capacity.ParseBytes("8192 PiB")), "bytes", "GiB"},
		{"a novel", second(capacity.ParseBytes(strings.Repeat("9", 1000) + " GB")), "bytes", "GiB"},

		{"a goal of nothing", second(capacity.Verdict{}.Reach(0)), "goal", "1 to"},
		{"a span upside down", second(capacity.AgainstBytes(sockets.Limits{}, capacity.Workload{}, capacity.Span{From: 5, To: 4})), "To", "5 to"},
		{"a span from below zero", second(capacity.AgainstNofile(sockets.Limits{}, capacity.Workload{}, capacity.Span{From: -5})), "From", "1 to"},
		{"one point", second(capacity.AgainstClients(sockets.Limits{}, capacity.Workload{}, capacity.Span{Points: 1})), "Points", "2 to"},
		{"a mark outside", second(capacity.AgainstBytes(sockets.Limits{}, capacity.Workload{}, capacity.Span{Marks: []capacity.Mark{{X: 1}}})), "Marks[0].X", "1000 to"},
		{"a wall that is not there", second(capacity.AgainstBytes(sockets.Limits{}, capacity.Workload{}, capacity.Span{Only: capacity.EpollWatches})), "Only", "one of"},
		{"nothing fits", second(capacity.AgainstNofile(sockets.Limits{}, capacity.Workload{}, capacity.Span{From: 1, To: 4})), "From to To", "at least one"},
	} {
		if c.err == nil {
			t.Errorf("%s: accepted", c.desc)
			continue
		}
		field, allowed := refusedBy(t, c.err)
		if field != c.field || !strings.Contains(allowed, c.allowed) {
			t.Errorf("%s: refused as %q, allowed %q; want %q, %q", c.desc, field, allowed, c.field, c.allowed)
		}
		if !strings.Contains(c.err.Error(), field) || !strings.Contains(c.err.Error(), allowed) {
			t.Errorf("%s: %q does not say field and range", c.desc, c.err)
		}
	}
}

func TestTheLastCountThatFits(t *testing.T) {
	// 2^63-1 = 7 × 1317624576693539401; one more pair would be 2^63.
	if got := must(capacity.ByTuples(math.MaxInt64, 1, 1, 1)); got != math.MaxInt64 {
		t.Errorf("2^63-1 pairs became %v", got)
	}
	if got := must(capacity.ByTuples(1317624576693539401, 7, 1, 1)); got != math.MaxInt64 {
		t.Errorf("7 × 1,317,624,576,693,539,401 = %v", got)
	}
}

// The fields of a host and of what moves, each refused by its own name.
func TestBadHostsAndTrafficAreRefusedByName(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	host := func(h capacity.Host) error { _, err := capacity.Plan(h, capacity.Workload{}); return err }
	load := func(w capacity.Workload) error { _, err := capacity.Plan(capacity.Host{}, w); return err }
	for _, c := range []struct {
		err            error
		field, allowed string
	}{
		{host(capacity.Host{TCPMem: [3]int64{3, 2, 1}}), "TCPMem[1]", "3 to"},
		{host(capacity.Host{TCPMem: [3]int64{-1, 2, 3}}), "TCPMem[0]", "1 to"},
		{host(capacity.Host{MemoryMax: -1}), "MemoryMax", "0 to"},
		{host(capacity.Host{ConntrackMax: -1}), "ConntrackMax", "1 to"},
		{host(capacity.Host{EpollWatches: -1}), "EpollWatches", "1 to"},
		{host(capacity.Host{TimeWaitMax: -1}), "TimeWaitMax", "1 to"},
		{host(capacity.Host{MaxSynBacklog: -1}), "MaxSynBacklog", "1 to"},
		{host(capacity.Host{HandshakeCPU: -1}), "HandshakeCPU", "1 to"},
		{host(capacity.Host{MessageCPU: 1 << 62}), "MessageCPU", "1 to"},
		{host(capacity.Host{CPUs: nan}), "CPUs", "0 to"},
		{host(capacity.Host{LinkRate: inf}), "LinkRate", "0 to"},
		{host(capacity.Host{PacketRate: -1}), "PacketRate", "0 to"},
		{host(capacity.Host{Sizes: capacity.Sizes{Server: 1}}), "Sizes.Client", "1 to"},
		{load(capacity.Workload{Unread: -1}), "Unread", "0 to"},
		{load(capacity.Workload{Unsent: 1 << 40}), "Unsent", "0 to"},
		{load(capacity.Workload{Waiting: nan}), "Waiting", "to 1"},
		{load(capacity.Workload{Waiting: 1.5}), "Waiting", "to 1"},
		{load(capacity.Workload{HalfOpen: -1}), "HalfOpen", "0 to"},
		{load(capacity.Workload{Backends: -1}), "Backends", "0 to"},
		{load(capacity.Workload{OwnAddrs: -1}), "OwnAddrs", "0 to"},
		{load(capacity.Workload{TLSBytes: -1}), "TLSBytes", "0 to"},
		{load(capacity.Workload{RequestBytes: -1}), "RequestBytes", "0 to"},
		{load(capacity.Workload{AnswerBytes: -1}), "AnswerBytes", "0 to"},
		{load(capacity.Workload{Lifetime: -1}), "Lifetime", "0 to"},
		{load(capacity.Workload{Rush: -1}), "Rush", "0 to"},
		{load(capacity.Workload{RTT: -1}), "RTT", "0 to"},
		{load(capacity.Workload{Rate: nan}), "Rate", "0 to"},
		{load(capacity.Workload{AcceptRate: inf}), "AcceptRate", "0 to"},
		{load(capacity.Workload{Backlog: -1}), "Backlog", "0 to"},
		{load(capacity.Workload{Clients: []capacity.Clients{{Behind: -1}}}), "Clients[0].Behind", "1 to"},
	} {
		if c.err == nil {
			t.Errorf("%s was taken", c.field)
			continue
		}
		if field, allowed := refusedBy(t, c.err); field != c.field || !strings.Contains(allowed, c.allowed) {
			t.Errorf("%v: want %s, allowed %q", c.err, c.field, c.allowed)
		}
	}
}
