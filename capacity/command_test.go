package capacity_test

import (
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

// commandAt is what the verdict says to do about one wall.
func commandAt(t *testing.T, l sockets.Limits, w capacity.Workload, limit capacity.Resource) string {
	t.Helper()
	wall, found := must(capacity.Of(l, w)).Wall(limit)
	if !found {
		t.Fatalf("%s is no wall", limit)
	}
	return wall.Command
}

// reach is what the verdict says to do about one wall for a goal; "" when the
// wall is not in the way.
func reach(t *testing.T, l sockets.Limits, w capacity.Workload, goal capacity.Count, limit capacity.Resource) string {
	t.Helper()
	for _, wall := range must(must(capacity.Of(l, w)).Reach(goal)) {
		if wall.Limit == limit {
			return wall.Command
		}
	}
	return ""
}

func TestACommandGoesToTheNextWall(t *testing.T) {
	// Soft and hard stand at the same place: the next wall is fs.nr_open.
	l := sockets.Limits{NofileSoft: 4096, NofileHard: 4096}
	for limit, want := range map[capacity.Resource]string{
		capacity.NofileSoft: "ulimit -Sn 1048576",
		capacity.NofileHard: "ulimit -Hn 1048576",
		capacity.NrOpen:     "sysctl -w fs.nr_open=1677760",
		// 2^48 tuples are out of sight: twice the sockets that fit into 16 GiB.
		capacity.RAM: "34.4 GB of RAM",
	} {
		if got := commandAt(t, l, capacity.Workload{}, limit); got != want {
			t.Errorf("%s: %q, want %q", limit, got, want)
		}
	}
	if b := must(capacity.Of(l, capacity.Workload{})).Binding(); b.Limit != capacity.NofileSoft {
		t.Errorf("at a tie %s comes first, want the inner limit", b.Limit)
	}
}

func TestReachLeavesAloneWhatIsEnough(t *testing.T) {
	for goal, want := range map[capacity.Count]string{
		1020:          "",
		1021:          "ulimit -Sn 1025",
		3_000_000_000: "more processes (none has more than 2,147,483,584 descriptors)",
	} {
		if got := reach(t, sockets.Limits{}, capacity.Workload{}, goal, capacity.NofileSoft); got != want {
			t.Errorf("for %v connections: %q, want %q", goal, got, want)
		}
	}
}

func TestWaysToMoreTuples(t *testing.T) {
	const wide = ` with sysctl -w net.ipv4.ip_local_port_range="1024 65535"`
	clients := func(c ...capacity.Clients) capacity.Workload { return capacity.Workload{Clients: c} }
	for _, c := range []struct {
		desc string
		w    capacity.Workload
		goal capacity.Count
		want string
	}{
		{"one stock client", clients(capacity.Clients{}), 1e6, "36 client addresses (ip address add), or 16" + wide},
		{"enough addresses for the wider range", clients(capacity.Clients{Addrs: 30}), 1e6, "36 client addresses (ip address add), or 30" + wide},
		{"the range is wide already", clients(capacity.Clients{Ports: 64512}), 1e6, "16 client addresses (ip address add)"},
		{"two groups, more of the first", clients(capacity.Clients{Ports: 64512}, capacity.Clients{Addrs: 5, Ports: 32768}), 1e6, "18 client addresses (ip address add), or 16" + wide},
		{"all of IPv4", capacity.Workload{}, 1 << 49, "a further server port or address"},
	} {
		if got := reach(t, sockets.Limits{}, c.w, c.goal, capacity.Tuples); got != c.want {
			t.Errorf("%s: %q, want %q", c.desc, got, c.want)
		}
	}
}

func TestWaysToMoreMemory(t *testing.T) {
	w := capacity.Workload{AppBytes: 10 * capacity.KB, ReservedRAM: 1 * capacity.GiB}
	for goal, want := range map[capacity.Count]string{
		// 2 M × 13,829 + 1 GiB; 15 GiB / 2 M = 8,053, of which 3,829 are the kernel's.
		2_000_000: "28.7 GB of RAM, or at most 4,224 B of application a connection",
		// 15 GiB / 5 M = 3,221: less than the kernel's part alone.
		5_000_000: "70.2 GB of RAM",
	} {
		if got := reach(t, sockets.Limits{}, w, goal, capacity.RAM); got != want {
			t.Errorf("for %v: %q, want %q", goal, got, want)
		}
	}
}
