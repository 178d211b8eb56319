package capacity_test

import (
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The formulas say in one division what these loops do one step at a time.

func TestDescriptorsByOpeningThemOneByOne(t *testing.T) {
	for soft := 1; soft <= 40; soft++ {
		for reserve := range 4 {
			for perConn := 1; perConn <= 3; perConn++ {
				w := capacity.Workload{Reserve: reserve, DescriptorsPerConn: perConn, Epoll: reserve%2 == 1}
				open := 3 + 1 + reserve // 0-2, the listener
				if w.Epoll {
					open++
				}
				connections := capacity.Count(0)
				for ; open+perConn <= soft; open += perConn {
					connections++
				}
				v := must(capacity.Of(sockets.Limits{NofileSoft: soft}, w))
				wantWall(t, v, capacity.NofileSoft, connections)
				if u := must(w.Descriptors(connections)); connections > 0 && u.Open() > capacity.Count(soft) {
					t.Errorf("%v connections open %v of %d descriptors", connections, u.Open(), soft)
				}
			}
		}
	}
}

func TestTuplesByListingThem(t *testing.T) {
	type tuple struct{ client, port, server, serverPort int }
	low, high := 40000, 40019
	w := capacity.Workload{
		Clients: []capacity.Clients{
			{Addrs: 3, Limits: sockets.Limits{PortLow: low, PortHigh: high}},
			{Addrs: 2, Ports: 7},
		},
		ServerAddrs: 2, ServerPorts: 3,
	}
	seen := map[tuple]bool{}
	for client := range 5 {
		first, last := low, high
		if client >= 3 {
			first, last = 1, 7
		}
		for port := first; port <= last; port++ {
			for server := range 2 {
				for serverPort := range 3 {
					seen[tuple{client, port, server, serverPort}] = true
				}
			}
		}
	}
	v := must(capacity.Of(sockets.Limits{}, w))
	wantWall(t, v, capacity.Tuples, capacity.Count(len(seen)))
}

func TestMemoryByFillingIt(t *testing.T) {
	l := sockets.Limits{RAM: 64 * capacity.MiB}
	w := capacity.Workload{AppBytes: 5000, ReservedRAM: 10 * capacity.MB, Epoll: true}
	free, connections := capacity.Bytes(l.RAM)-w.ReservedRAM, capacity.Count(0)
	for perConn := must(w.BytesPerConn()); free >= perConn; free -= perConn {
		connections++
	}
	wantWall(t, must(capacity.Of(l, w)), capacity.RAM, connections)
}
