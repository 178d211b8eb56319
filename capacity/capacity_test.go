package capacity_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

// wantWall fails unless the limit is among the walls and allows so many.
func wantWall(t *testing.T, v capacity.Verdict, limit capacity.Resource, want capacity.Count) {
	t.Helper()
	w, ok := v.Wall(limit)
	if !ok || w.Allows != want {
		t.Errorf("%s allows %v (found: %v), want %v = %s", limit, w.Allows, ok, want, w.Sum)
	}
}

// tuned is a host whose descriptor limits were moved out of the way.
func tuned(ram int64) sockets.Limits {
	const many = 100_000_000
	return sockets.Limits{RAM: ram, NofileSoft: many, FileMax: many}
}

func TestMemoryOfMeasuredServers(t *testing.T) {
	// 16 GiB, all of it for connections. Bytes a connection were measured on
	// Linux 6.18.44 x86-64 (slab slopes, 8,000 connections) and with Go 1.26
	// (resident memory); the counts are 2^34 over those bytes, in millions to
	// two decimals, done by hand.
	for _, c := range []struct {
		desc     string
		app      capacity.Bytes
		bytes    capacity.Bytes
		millions float64
	}{
		{"kernel only, epoll", 0, 4037, 4.26},
		{"Go goroutine, tiny buffer", capacity.AppGoroutine, 7541, 2.28},
		{"Go goroutine, 4 KiB buffer used", capacity.AppGoroutine4KiB, 11725, 1.47},
		{"Go goroutine, bufio both ways", capacity.AppGoroutineBufio, 15935, 1.08},
		{"Go net/http, idle keep-alive", capacity.AppNetHTTP, 23418, 0.73},
	} {
		w := capacity.Workload{Epoll: true, AppBytes: c.app}
		if got := must(w.BytesPerConn()); got != c.bytes {
			t.Errorf("%s: %v a connection, want %v", c.desc, got, c.bytes)
		}
		m, _ := must(capacity.Of(tuned(16*capacity.GiB), w)).Wall(capacity.RAM)
		if got := float64(m.Allows) / 1e6; math.Abs(got-c.millions) > 0.005 {
			t.Errorf("%s: %.4f million in 16 GiB, want %.2f", c.desc, got, c.millions)
		}
	}
	// The row with connection tracking: 256 bytes a connection more, 4.00 M.
	if got := must(capacity.ByMemory(16*capacity.GiB, 0, 4037+sockets.SizeConntrack)); got/10_000 != 400 {
		t.Errorf("with conntrack %v fit, want 4.00 million", got)
	}
}

func TestKernelMemoryOfBothEnds(t *testing.T) {
	// Server 3,829 and client 4,085 bytes; the measured mean of both ends is
	// 4,019 to 4,084 with 128 bytes of conntrack each.
	both := must(capacity.Workload{BothEnds: true}.KernelBytes())
	if both != 3829+4085 {
		t.Errorf("both ends take %v, want 7,914 B", both)
	}
	if mean := both/2 + 128; mean < 4019 || mean > 4085 {
		t.Errorf("mean of both ends with conntrack is %v, measured were 4,019 to 4,084 B", mean)
	}
	// A proxy's second descriptor is an outgoing socket: the same two.
	if proxy := must(capacity.Workload{DescriptorsPerConn: 2}.KernelBytes()); proxy != both {
		t.Errorf("a proxy's connection takes %v, want %v", proxy, both)
	}
}

func TestPublishedResults(t *testing.T) {
	// MigratoryData, June 2013: 12 million connections, "36 GB" of kernel
	// memory (migratorydata.com, WebSockets benchmark), Linux 2.6.32. Today's
	// socket is a quarter larger; the sum of the two must say so.
	then := must(capacity.PerConn(36*capacity.GB, 0, 12_000_000))
	now := must(capacity.Workload{}.KernelBytes())
	if then != 3000 || now <= then || now > then*4/3 {
		t.Errorf("kernel memory a socket: %v in 2013, %v here; want 3 KB and up to a third more", then, now)
	}
	// The same run's clients: 184 addresses of 65,536 ports, or 187 of 64,512.
	if a, b := must(capacity.NeedClientAddrs(12_000_000, 65536, 1, 1)), must(capacity.NeedClientAddrs(12_000_000, 64512, 1, 1)); a != 184 || b != 187 {
		t.Errorf("12 million connections take %v or %v client addresses, want 184 or 187", a, b)
	}
	// A Go server under the default soft limit of 1,024 stopped at 1,018
	// connections (segflow.github.io, "million idle connections"): 0-2, the
	// listener, the epoll instance, and the runtime's eventfd.
	v := must(capacity.Of(sockets.Limits{}, capacity.Workload{Epoll: true, Reserve: 1}))
	wantWall(t, v, capacity.NofileSoft, 1018)
	if v.Binding().Errno != "EMFILE" {
		t.Errorf("it stopped with EMFILE, the verdict says %s", v.Binding().Errno)
	}
	// Clients that "always stop at 28,200" (1m-go-websockets, issue 22).
	v = must(capacity.Of(tuned(16*capacity.GiB), capacity.Workload{Clients: []capacity.Clients{{}}}))
	if b := v.Binding(); b.Limit != capacity.Tuples || b.Allows != 28232 {
		t.Errorf("one client stops at %v for %s, want 28,232 for its tuples", b.Allows, b.Limit)
	}
}

func TestWallsOfAStockHost(t *testing.T) {
	v := must(capacity.Of(sockets.Limits{}, capacity.Workload{}))
	wantWall(t, v, capacity.NofileSoft, 1024-4)
	wantWall(t, v, capacity.NofileHard, 4096-4)
	wantWall(t, v, capacity.NrOpen, 1<<20-4)
	wantWall(t, v, capacity.FileMax, 16<<20/10-4) // RAM in KiB / 10
	wantWall(t, v, capacity.Tuples, 1<<48)
	wantWall(t, v, capacity.RAM, 16<<30/3829)
	if _, found := v.Wall(capacity.EpollWatches); found {
		t.Error("epoll is a wall of a program that does not use it")
	}
	for i := 1; i < len(v.Walls); i++ {
		if v.Walls[i].Allows < v.Walls[i-1].Allows {
			t.Errorf("%s stands before %s", v.Walls[i-1].Limit, v.Walls[i].Limit)
		}
	}
	for _, w := range v.Walls {
		for _, text := range []string{w.Sum, w.Errno, w.Call, w.Seen, w.Command, w.Cost} {
			if text == "" {
				t.Errorf("%s leaves something unsaid: %+v", w.Limit, w)
			}
		}
		if !strings.Contains(w.Seen, w.Errno) || !strings.Contains(w.Seen, w.Call) {
			t.Errorf("%s: %q names neither %s nor %s", w.Limit, w.Seen, w.Errno, w.Call)
		}
	}
}

func TestEpollWatchesFollowMemory(t *testing.T) {
	// epoll(7): about 4 % of memory over 184 bytes. A machine of 23.5 GiB that
	// says 5,491,511 must be met within 1 %.
	v := must(capacity.Of(tuned(235*capacity.GiB/10), capacity.Workload{Epoll: true}))
	w, _ := v.Wall(capacity.EpollWatches)
	if ratio := float64(w.Allows) / 5_491_511; math.Abs(ratio-1) > 0.01 {
		t.Errorf("%v watches, the machine has 5,491,511", w.Allows)
	}
	if v.Binding().Limit != capacity.EpollWatches {
		t.Errorf("%s binds; watches end a little before the memory of bare sockets", v.Binding().Limit)
	}
}

func TestEveryFieldOfTheWorkloadCounts(t *testing.T) {
	l := sockets.Limits{NofileSoft: 1000, NofileHard: 2000, FileMax: 5000}
	w := capacity.Workload{
		Clients:            []capacity.Clients{{Addrs: 3, Ports: 1000}, {Addrs: 2}, {Limits: sockets.Limits{PortLow: 1024, PortHigh: 65535}}},
		ServerAddrs:        2,
		ServerPorts:        3,
		Processes:          4,
		Reserve:            10,
		DescriptorsPerConn: 2,
		Epoll:              true,
		BothEnds:           true,
		AppBytes:           1000,
		ReservedRAM:        1 * capacity.GiB,
	}
	v := must(capacity.Of(l, w))
	const taken = 3 + 3 + 10 + 1 // 0-2, a listener a port, reserve, epoll
	wantWall(t, v, capacity.NofileSoft, 4*((1000-taken)/2))
	wantWall(t, v, capacity.NofileHard, 4*((2000-taken)/2))
	wantWall(t, v, capacity.FileMax, (5000-4*taken)/3)
	wantWall(t, v, capacity.EpollWatches, 16<<30/25/184/3)
	wantWall(t, v, capacity.Tuples, (3*1000+2*28232+64512)*2*3)
	wantWall(t, v, capacity.RAM, 15<<30/(3829+2*4085+3*208+1000))
	if len(w.Clients) != 3 || w.Clients[1].Ports != 0 {
		t.Error("the caller's own groups of clients were changed")
	}
}

func TestWallsLowerThanWhatIsTakenAllowNothing(t *testing.T) {
	v := must(capacity.Of(sockets.Limits{NofileSoft: 3}, capacity.Workload{}))
	if v.Connections() != 0 || v.Binding().Command != "ulimit -Sn 4096" {
		t.Errorf("3 descriptors allow %v connections, way on: %q", v.Connections(), v.Binding().Command)
	}
}

// A command is right when the host that obeyed it reaches the goal, and with
// one unit less would not.
func TestCommandsReachTheirGoal(t *testing.T) {
	const goal = 1_500_000
	w := capacity.Workload{Processes: 3, Epoll: true, DescriptorsPerConn: 2}
	l := sockets.Limits{NrOpen: 5000}
	below := must(must(capacity.Of(l, w)).Reach(goal))
	want := []string{
		"sysctl -w fs.file-max=3000015",
		"sysctl -w fs.nr_open=1000064",
		"ulimit -Hn 1000005",
		"ulimit -Sn 1000005",
	}
	if len(below) < len(want) {
		t.Fatalf("%d walls below %d: %+v", len(below), goal, below)
	}
	for i, w := range below[len(below)-len(want):] {
		if w.Command != want[i] {
			t.Errorf("step %d is %q, want %q", i, w.Command, want[i])
		}
	}
	for less, enough := range []bool{true, false} {
		l := sockets.Limits{NofileSoft: 1000005 - less, FileMax: 3000015, RAM: 64 * capacity.GiB}
		if got := must(capacity.Of(l, w)).Connections(); (got >= goal) != enough {
			t.Errorf("%d descriptors a process hold %v connections", 1000005-less, got)
		}
	}
	if rest := must(must(capacity.Of(l, w)).Reach(1)); len(rest) != 0 {
		t.Errorf("one connection needs %v", rest)
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	w := capacity.Workload{Clients: []capacity.Clients{{Addrs: 9}}, Epoll: true}
	first := must(capacity.Of(sockets.Limits{}, w)).String()
	for range 20 {
		if again := must(capacity.Of(sockets.Limits{}, w)).String(); again != first {
			t.Fatalf("two answers:\n%s\n%s", first, again)
		}
	}
}

func TestTheZeroVerdictIsHarmless(t *testing.T) {
	var v capacity.Verdict
	if v.Connections() != 0 || v.Summary() == "" || v.String() == "" {
		t.Errorf("the zero Verdict says %v, %q, %q", v.Connections(), v.Summary(), v.String())
	}
}

func TestEveryFileIsInTheReadingOrder(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if f != "doc.go" && !strings.HasSuffix(f, "_test.go") && !strings.Contains(string(doc), "\t"+f+" ") {
			t.Errorf("%s is not in doc.go's reading order", f)
		}
	}
}

// refusedBy returns the field, the value and the range of a refusal.
func refusedBy(t *testing.T, err error) (field string, allowed string) {
	t.Helper()
	var input *capacity.InputError
	var limit *sockets.LimitError
	switch {
	case errors.As(err, &input):
		return input.Field, input.Allowed
	case errors.As(err, &limit):
		return limit.Field, limit.Allowed
	}
	t.Fatalf("%v (%T) is no InputError and no LimitError", err, err)
	return "", ""
}
