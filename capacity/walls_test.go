package capacity_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// roomy is a host whose descriptors are never in the way.
func roomy() capacity.Host { return capacity.Host{Limits: tuned(16 * capacity.GiB)} }

// The walls beside the first three, each with a sum done by hand.
func TestWallsOfTraffic(t *testing.T) {
	minute := time.Minute
	for _, c := range []struct {
		desc  string
		h     func(*capacity.Host)
		w     capacity.Workload
		limit capacity.Resource
		want  capacity.Count
	}{
		// tcp_mem of 16 GiB: 4,194,304 pages / 16 = 262,144; pressure there, the
		// limit half as much again: 393,216. 64 KiB unread are 17 pages.
		{"64 KiB unread", nil, capacity.Workload{Unread: 64 * capacity.KiB}, capacity.TCPMem, 393216 / 17},
		{"64 KiB unread, pressure", nil, capacity.Workload{Unread: 64 * capacity.KiB}, capacity.Pressure, 262144 / 17},
		{"64 KiB unread, one in ten", nil, capacity.Workload{Unread: 64 * capacity.KiB, Waiting: 0.1}, capacity.TCPMem, 393216 * 10 / 17},
		{"one byte each way", nil, capacity.Workload{Unread: 1, Unsent: 1}, capacity.TCPMem, 393216 / 2},
		{"a tcp_mem of one's own", func(h *capacity.Host) { h.TCPMem = [3]int64{10, 20, 30} }, capacity.Workload{Unsent: 1}, capacity.TCPMem, 30},
		{"conntrack", func(h *capacity.Host) { h.Tracked = true }, capacity.Workload{}, capacity.Conntrack, 262144},
		// Closed connections stay 120 s: with a minute each, two dead for one alive.
		{"conntrack, churning", func(h *capacity.Host) { h.Tracked = true }, capacity.Workload{Lifetime: minute}, capacity.Conntrack, 262144 / 3},
		{"conntrack of a proxy", func(h *capacity.Host) { h.Tracked = true }, capacity.Workload{Backends: 5}, capacity.Conntrack, 262144 / 2},
		// 60 s of life and 60 of TIME_WAIT: half of the ports.
		{"ports in TIME_WAIT", nil, capacity.Workload{Clients: []capacity.Clients{{}}, Lifetime: minute}, capacity.Tuples, 28232 / 2},
		{"no TIME_WAIT at the client", nil, capacity.Workload{Clients: []capacity.Clients{{}}, Lifetime: minute, ServerCloses: true}, capacity.Tuples, 28232},
		// 131,072 hash buckets of 128 KiB, half of them; at 1 s of life, 60 wait for one that lives.
		{"TIME_WAIT table", nil, capacity.Workload{Lifetime: time.Second, ServerCloses: true}, capacity.TimeWaits, 65536 / 60},
		{"a proxy's own ports", nil, capacity.Workload{Backends: 3, OwnAddrs: 2}, capacity.OwnTuples, 28232 * 3 * 2},
		{"a proxy whose connections last a minute", nil, capacity.Workload{Backends: 1, Lifetime: minute}, capacity.OwnTuples, 28232 / 2},
		{"memory.max", func(h *capacity.Host) { h.MemoryMax = 512 * capacity.MiB }, capacity.Workload{AppBytes: 10000, TLSBytes: 171}, capacity.MemoryMax, 512 << 20 / 14000},
		{"a flood's half-open requests", nil, capacity.Workload{HalfOpen: 1_000_000}, capacity.RAM, (16<<30 - 341_000_000) / 3829},
		{"all at once", nil, capacity.Workload{Rush: 1}, capacity.AcceptQueue, 4097},
		{"all at once, four ports, listen(128)", nil, capacity.Workload{Rush: 1, ServerPorts: 4, Backlog: 128}, capacity.AcceptQueue, 129 * 4},
		{"within ten seconds, 1,000 accepted in each", nil, capacity.Workload{Rush: 10 * time.Second, AcceptRate: 1000}, capacity.AcceptQueue, 4097 + 10_000},
		// tcp_max_syn_backlog of 16 GiB is 1,024, the last quarter is not for strangers.
		{"no cookies", func(h *capacity.Host) { h.NoSynCookies = true }, capacity.Workload{Rush: 1}, capacity.SynQueue, 769},
		{"no cookies, a hundred round trips", func(h *capacity.Host) { h.NoSynCookies = true },
			capacity.Workload{Rush: time.Second, RTT: 10 * time.Millisecond, Backlog: 9}, capacity.SynQueue, 10 * 100},
		// 2 cores, 10 ms of them a second for each connection.
		{"CPU", func(h *capacity.Host) { h.CPUs, h.MessageCPU = 2, time.Millisecond }, capacity.Workload{Rate: 10}, capacity.CPU, 200},
		{"CPU of handshakes", func(h *capacity.Host) { h.CPUs, h.HandshakeCPU = 1, time.Millisecond }, capacity.Workload{Lifetime: time.Second}, capacity.CPU, 1000},
		// 1,000 bytes are a packet of 1,090; a pushed one is acknowledged.
		{"link", func(h *capacity.Host) { h.LinkRate = 1e9 }, capacity.Workload{Rate: 1, AnswerBytes: 1000}, capacity.Link, 1_000_000_000 / (8 * 1090)},
		{"link, the way in is the wider", func(h *capacity.Host) { h.LinkRate = 1e9 }, capacity.Workload{Rate: 1, RequestBytes: 2000, AnswerBytes: 1}, capacity.Link, 1_000_000_000 / (8 * (2000 + 3*90))},
		{"packets", func(h *capacity.Host) { h.PacketRate = 1e6 }, capacity.Workload{Rate: 1, RequestBytes: 1, AnswerBytes: 3000}, capacity.Packets, 1_000_000 / 5},
	} {
		h := roomy()
		if c.h != nil {
			c.h(&h)
		}
		v, err := capacity.Plan(h, c.w)
		if err != nil {
			t.Errorf("%s: %v", c.desc, err)
			continue
		}
		w, found := v.Wall(c.limit)
		// A hair of rounding: the sums above are whole, the model's are floats.
		if !found || math.Abs(float64(w.Allows-c.want)) > 1 {
			t.Errorf("%s: %s allows %v, want %v = %s", c.desc, c.limit, w.Allows, c.want, w.Sum)
		}
		if w.Seen == "" || w.Counter == "" || w.SS == "" || w.Command == "" || w.Cost == "" || w.Sum == "" {
			t.Errorf("%s leaves something unsaid: %+v", c.limit, w)
		}
		if w.Errno != "" && (!strings.Contains(w.Seen, w.Errno) || !strings.Contains(w.Seen, w.Call)) {
			t.Errorf("%s: %q names neither %s nor %s", c.limit, w.Seen, w.Errno, w.Call)
		}
	}
}

// A soft wall slows: it stands in the row, and another one binds.
func TestPressureDoesNotBind(t *testing.T) {
	v := must(capacity.Plan(roomy(), capacity.Workload{Unread: 64 * capacity.KiB}))
	if !v.Walls[0].Soft || v.Walls[0].Limit != capacity.Pressure || v.Binding().Limit != capacity.TCPMem {
		t.Errorf("%v", v)
	}
	for _, want := range []string{"From 15,420 on tcp_mem, pressure slows us", "23,130 connections: tcp_mem, limit stops us first with EAGAIN"} {
		if !strings.Contains(v.Summary(), want) {
			t.Errorf("no word of %q: %s", want, v.Summary())
		}
	}
	if s := v.String(); !strings.Contains(s, "\n~ tcp_mem, pressure") || !strings.Contains(s, "\n> tcp_mem, limit") {
		t.Error(s)
	}
}

// Nobody walks towards a wall, nobody hears of it.
func TestAnIdleHostHasNoWallsOfTraffic(t *testing.T) {
	v := must(capacity.Plan(capacity.Host{CPUs: 2, LinkRate: 1e9, PacketRate: 1e6}, capacity.Workload{}))
	if len(v.Walls) != 6 {
		t.Errorf("an idle workload has six walls, not %d: %s", len(v.Walls), v.Summary())
	}
}

// The command at tcp_mem's pressure point moves that point, not only the limit.
func TestPressureMoves(t *testing.T) {
	w := capacity.Workload{Unread: 64 * capacity.KiB}
	h := capacity.Host{Limits: sockets.Limits{NofileSoft: 1 << 20, NofileHard: 1 << 20}}
	wall, ok := must(capacity.Plan(h, w)).Wall(capacity.Pressure)
	if !ok {
		t.Fatal("no pressure point")
	}
	if n, err := fmt.Sscanf(wall.Command, "sysctl -w net.ipv4.tcp_mem=\"%d %d %d\"", &h.TCPMem[0], &h.TCPMem[1], &h.TCPMem[2]); n != 3 {
		t.Fatalf("%q: %v", wall.Command, err)
	}
	if moved, _ := must(capacity.Plan(h, w)).Wall(capacity.Pressure); moved.Allows <= wall.Allows {
		t.Errorf("%s leaves the pressure point at %v", wall.Command, moved.Allows)
	}
}

// Every wall's command takes the host past the wall: one that obeys it holds
// the goal.
func TestCommandsOfTrafficReachTheirGoal(t *testing.T) {
	const goal = 300_000
	h := capacity.Host{Limits: sockets.Limits{NofileSoft: 1 << 20, RAM: 64 * capacity.GiB}, Tracked: true, NoSynCookies: false}
	w := capacity.Workload{Unread: 10 * capacity.KB, ServerCloses: true, Lifetime: 10 * time.Second, Rush: time.Second, AcceptRate: 1000}
	want := map[capacity.Resource]string{
		capacity.TCPMem:      `sysctl -w net.ipv4.tcp_mem="675000 900000 1350000"`,
		capacity.Conntrack:   "sysctl -w net.netfilter.nf_conntrack_max=3900000",
		capacity.TimeWaits:   "sysctl -w net.ipv4.tcp_max_tw_buckets=1800000",
		capacity.AcceptQueue: "sysctl -w net.core.somaxconn=298999, and listen() with it",
	}
	for _, wall := range must(must(capacity.Plan(h, w)).Reach(goal)) {
		if c := want[wall.Limit]; c != "" && c != wall.Command {
			t.Errorf("%s: %q, want %q", wall.Limit, wall.Command, c)
		}
		delete(want, wall.Limit)
	}
	delete(want, capacity.TCPMem) // enough already: 64 GiB
	if len(want) > 0 {
		t.Errorf("not in the way: %v", want)
	}
	h.ConntrackMax, h.TimeWaitMax, h.Limits.Somaxconn = 3_900_000, 1_800_000, 298_999
	v := must(capacity.Plan(h, w))
	for _, limit := range []capacity.Resource{capacity.Conntrack, capacity.TimeWaits, capacity.AcceptQueue} {
		wantWall(t, v, limit, goal)
	}
}

// What one kernel knew and another does not.
func TestTheDialOfKernels(t *testing.T) {
	var last capacity.Bytes
	for _, name := range []string{"4.15.0-213-generic", "5.x", "6.18.44"} {
		h := capacity.Host{Kernel: name}
		bytes := must(capacity.Workload{}.KernelBytesOn(h))
		if bytes <= last {
			t.Errorf("a socket of %s takes %v: they have grown from version to version", name, bytes)
		}
		last = bytes
	}
	// 2.6.32 had 3.0 KB (MigratoryData, 12 million connections in 36 GB).
	if four := must(capacity.Workload{}.KernelBytesOn(capacity.Host{Kernel: "4.x"})); four < 3000 || four > 3300 {
		t.Errorf("a socket of 4.x takes %v, expected a little over the 3.0 KB of 2.6.32", four)
	}
	rush := capacity.Workload{Rush: 1}
	wantWall(t, must(capacity.Plan(capacity.Host{Kernel: "4.x"}, rush)), capacity.AcceptQueue, 129)
	wantWall(t, must(capacity.Plan(capacity.Host{Kernel: "5.x"}, rush)), capacity.AcceptQueue, 4097)
	if w, _ := must(capacity.Plan(capacity.Host{Kernel: "5.x"}, rush)).Wall(capacity.RAM); w.Errno != "ENOBUFS" {
		t.Errorf("socket() on 5.x says %s", w.Errno)
	}
	for _, bad := range []string{"3.x", "6", "six", strings.Repeat("9", 100)} {
		_, err := capacity.Plan(capacity.Host{Kernel: bad}, capacity.Workload{})
		if err == nil {
			t.Errorf("kernel %q was taken", bad)
			continue
		}
		if field, allowed := refusedBy(t, err); field != "Kernel" || !strings.Contains(allowed, "6.") {
			t.Errorf("kernel %q: %v", bad, err)
		}
	}
}

func TestEveryConstantHasUnitVersionAndSource(t *testing.T) {
	for _, k := range capacity.Kernels {
		seen := map[string]bool{}
		for _, c := range k.Constants() {
			if c.Name == "" || c.Unit == "" || c.Kernel == "" || len(c.Source) < 8 || seen[c.Name] {
				t.Errorf("%s: %+v", k.Name, c)
			}
			seen[c.Name] = true
		}
	}
}

// On Linux 6.18: 16 B, 1, 8 and 64 KiB unread are 1, 1, 3 and 17 pages.
func TestPagesOfDataThatWaits(t *testing.T) {
	for waiting, want := range map[capacity.Bytes]int64{0: 0, 16: 1, 1024: 1, 8192: 3, 65536: 17} {
		if got := must(capacity.DataPages(waiting)); got != want {
			t.Errorf("%v take %d pages, want %d", waiting, got, want)
		}
	}
	// A server's socket with 1, 8 and 64 KiB unread was measured at 1,955, 9,313
	// and 68,592 B above an idle one.
	for unread, want := range map[capacity.Bytes]float64{1024: 1955, 8192: 9313, 65536: 68592} {
		got := float64(must(capacity.Workload{Unread: unread}.KernelBytes()) - 3829)
		if math.Abs(got/want-1) > 0.06 {
			t.Errorf("%v unread take %.0f B, measured %.0f", unread, got, want)
		}
	}
}
