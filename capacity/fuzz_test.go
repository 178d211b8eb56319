package capacity_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// wantExact compares an answer with the slow, obvious one in integers without
// bounds: equal where it fits into 63 bits, refused where it does not.
func wantExact(t *testing.T, got int64, err error, valid bool, want *big.Int) {
	t.Helper()
	fits := valid && want.IsInt64()
	if fits && (err != nil || got != want.Int64()) {
		t.Fatalf("got %d, %v; want %v", got, err, want)
	}
	if !fits {
		if err == nil {
			t.Fatalf("accepted as %d; want a refusal (valid input: %v, answer %v)", got, valid, want)
		}
		refusedBy(t, err)
	}
}

func product(factors ...int64) *big.Int {
	p := big.NewInt(1)
	for _, f := range factors {
		p.Mul(p, big.NewInt(f))
	}
	return p
}

func FuzzByTuples(f *testing.F) {
	f.Add(int64(1), 28232, 1, 1)
	f.Add(int64(1<<32), 1<<16, 1, 1)
	f.Add(int64(1<<47), 1<<16, 1, 1)        // 2^63, one too many
	f.Add(int64(math.MaxInt64), 1, 1, 1)    // 2^63-1, the last that fits
	f.Add(int64(math.MinInt64), -1, -1, -1) // whose product wraps to itself
	f.Add(int64(1<<62), 4, math.MaxInt32, 65535)
	f.Fuzz(func(t *testing.T, addrs int64, ports, serverAddrs, serverPorts int) {
		in := func(n int, hi int64) bool { return n >= 1 && int64(n) <= hi }
		valid := addrs >= 1 && in(ports, 1<<16) && in(serverAddrs, 1<<32) && in(serverPorts, 65535)
		got, err := capacity.ByTuples(addrs, ports, serverAddrs, serverPorts)
		wantExact(t, int64(got), err, valid, product(addrs, int64(ports), int64(serverAddrs), int64(serverPorts)))
	})
}

func FuzzByDescriptors(f *testing.F) {
	f.Add(int64(1024), int64(4), int64(1))
	f.Add(int64(3), int64(4), int64(1))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64))
	f.Add(int64(math.MinInt64), int64(1), int64(0))
	f.Fuzz(func(t *testing.T, limit, taken, per int64) {
		n, err := capacity.ByDescriptors(limit, taken, per)
		want := new(big.Int)
		valid := limit >= 0 && taken >= 0 && per >= 1
		if valid && limit > taken {
			want.Sub(big.NewInt(limit), big.NewInt(taken)).Div(want, big.NewInt(per))
		}
		wantExact(t, int64(n), err, valid, want)

		// The same three numbers as a question the other way round.
		need, err := capacity.NeedDescriptors(capacity.Count(limit), taken, per)
		want = product(limit, per)
		wantExact(t, int64(need), err, valid, want.Add(want, big.NewInt(taken)))
	})
}

func FuzzByMemory(f *testing.F) {
	f.Add(int64(16<<30), int64(0), int64(3829))
	f.Add(int64(0), int64(0), int64(0))
	f.Add(int64(math.MaxInt64), int64(math.MaxInt64-1), int64(1))
	f.Add(int64(-1), int64(math.MinInt64), int64(-1))
	f.Fuzz(func(t *testing.T, ram, reserved, per int64) {
		n, err := capacity.ByMemory(capacity.Bytes(ram), capacity.Bytes(reserved), capacity.Bytes(per))
		valid := ram >= 1 && reserved >= 0 && reserved < ram && per >= 1
		want := new(big.Int)
		if valid {
			want.Sub(big.NewInt(ram), big.NewInt(reserved)).Div(want, big.NewInt(per))
		}
		wantExact(t, int64(n), err, valid, want)
		share, err := capacity.PerConn(capacity.Bytes(ram), capacity.Bytes(reserved), capacity.Count(per))
		wantExact(t, int64(share), err, valid, want)

		need, err := capacity.NeedMemory(capacity.Count(ram), capacity.Bytes(reserved), capacity.Bytes(per))
		want = product(ram, per)
		wantExact(t, int64(need), err, ram >= 0 && reserved >= 0 && per >= 1, want.Add(want, big.NewInt(reserved)))
	})
}

func FuzzRoundBytes(f *testing.F) {
	for _, x := range []float64{0, 0.5, -0.1, 3829.5, 1 << 62, 1 << 63, math.Nextafter(1<<63, 0), math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64} {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, x float64) {
		b, err := capacity.RoundBytes(x)
		if valid := x >= 0 && x < 1<<63; valid != (err == nil) {
			t.Fatalf("%v gave %v, %v", x, b, err)
		}
		if err == nil && (b < 0 || math.Abs(float64(b)-x) > 0.5) {
			t.Fatalf("%v rounds to %d", x, int64(b))
		}
	})
}

func FuzzParseBytes(f *testing.F) {
	for _, s := range []string{"16 GB", "16GiB", "3,829 B", "1.5 MiB", "-1 B", "", ".", ",", ". B", "1,", "9223372036854775807 B", "8192 PiB", "0.9999999999999999999999 PiB", "1e9 B", "NaN B", "١ B"} {
		f.Add(s, int64(len(s)))
	}
	f.Add("1 KB", int64(math.MinInt64))
	f.Add("1 KB", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, s string, n int64) {
		if b, err := capacity.ParseBytes(s); err != nil {
			refusedBy(t, err)
		} else if again, err := capacity.ParseBytes(b.String()); err != nil || again != b {
			t.Fatalf("%q is %v, which reads as %v, %v", s, b, again, err)
		}
		_ = capacity.Bytes(n).Approx()
		if b := capacity.Bytes(n); n >= 0 { // every amount prints so that it reads back
			if again, err := capacity.ParseBytes(b.String()); err != nil || again != b {
				t.Fatalf("%d prints as %v, which reads as %v, %v", n, b, again, err)
			}
		}
	})
}

func FuzzOf(f *testing.F) {
	f.Add(int64(0), 0, 0, 0, int64(0), 0, 0, int64(0), 0, 0, 0, 0, 0, 0, int64(0), int64(0), uint8(0), int64(1))
	f.Add(int64(16e9), 1024, 4096, 1<<20, int64(1<<63-1), 1024, 65535, int64(36), 0, 2, 3, 4, 5, 2, int64(3504), int64(1<<30), uint8(3), int64(1e6))
	f.Add(int64(-1), -1, -1, -1, int64(-1), -1, -1, int64(-1), -1, -1, -1, -1, -1, -1, int64(-1), int64(-1), uint8(255), int64(-1))
	f.Add(int64(1<<52), 2147483584, 2147483584, 2147483584, int64(1<<63-1), 1, 65535, int64(1<<47), 65536, math.MaxInt32, 65535, 1<<22, 2147483584, 2147483584, int64(1<<52), int64(1<<52-1), uint8(3), int64(1<<63-1))
	f.Fuzz(func(t *testing.T, ram int64, soft, hard, nrOpen int, fileMax int64, low, high int,
		addrs int64, ports, serverAddrs, serverPorts, processes, reserve, per int, app, reserved int64, flags uint8, goal int64) {
		l := sockets.Limits{RAM: ram, NofileSoft: soft, NofileHard: hard, NrOpen: nrOpen, FileMax: fileMax, PortLow: low, PortHigh: high}
		w := capacity.Workload{
			ServerAddrs: serverAddrs, ServerPorts: serverPorts, Processes: processes, Reserve: reserve,
			DescriptorsPerConn: per, Epoll: flags&1 != 0, BothEnds: flags&2 != 0,
			AppBytes: capacity.Bytes(app), ReservedRAM: capacity.Bytes(reserved),
		}
		if flags&4 == 0 {
			w.Clients = []capacity.Clients{{Addrs: addrs, Ports: ports, Limits: l}}
		}
		v, err := capacity.Of(l, w)
		if err != nil {
			refusedBy(t, err)
			return
		}
		for i, wall := range v.Walls {
			if wall.Allows < 0 || i > 0 && wall.Allows < v.Walls[i-1].Allows || wall.Command == "" {
				t.Fatalf("wall %d: %+v after %+v", i, wall, v.Walls[max(i-1, 0)])
			}
		}
		if v.String() == "" || v.Summary() == "" {
			t.Fatal("a verdict without words")
		}
		if _, err := v.Reach(capacity.Count(goal)); (err == nil) != (goal >= 1) {
			t.Fatalf("goal %d: %v", goal, err)
		}
		u, err := w.Descriptors(capacity.Count(goal))
		if err == nil && (u.Last < u.First-1 || u.Connections < 0 || u.Other < 0) {
			t.Fatalf("descriptors of %d connections: %+v", goal, u)
		}
	})
}

func FuzzCurves(f *testing.F) {
	f.Add(int64(0), int64(0), 0, int64(0), int64(16<<30), 1024)
	f.Add(int64(1), int64(1<<31), 10_000, int64(1), int64(1<<20), 1)
	f.Add(int64(5), int64(5), 2, int64(5), int64(1<<52), 1<<30)
	f.Add(int64(-1), int64(math.MaxInt64), -1, int64(math.MinInt64), int64(-1), -1)
	f.Fuzz(func(t *testing.T, from, to int64, points int, mark, ram int64, soft int) {
		l := sockets.Limits{RAM: ram, NofileSoft: soft}
		s := capacity.Span{From: from, To: to, Points: points % 300, Marks: []capacity.Mark{{X: mark}}}
		if mark == 0 {
			s.Marks = nil
		}
		if points%2 == 1 {
			s.Only = capacity.RAM
		}
		for _, against := range []func(sockets.Limits, capacity.Workload, capacity.Span) (capacity.Curve, error){
			capacity.AgainstNofile, capacity.AgainstClients, capacity.AgainstBytes} {
			c, err := against(l, capacity.Workload{Epoll: true}, s)
			if err != nil {
				refusedBy(t, err)
				continue
			}
			wantDrawable(t, c)
		}
	})
}

// FuzzPlan feeds every number of a host and a workload that is not in FuzzOf:
// an answer or a refusal with field, value and range, never a panic.
func FuzzPlan(f *testing.F) {
	f.Add("", 0.0, 0.0, 0.0, 0.0, 0.0, int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), uint8(0))
	f.Add("5.4", 2.0, 1e9, 1e6, 10.0, 1000.0, int64(1e9), int64(1), int64(1e6), int64(100), int64(64<<10), int64(1<<30), int64(3), uint8(255))
	f.Add("x", math.NaN(), math.Inf(1), math.Inf(-1), -1.0, math.MaxFloat64, int64(-1), int64(math.MinInt64), int64(math.MaxInt64), int64(-1), int64(-1), int64(-1), int64(-1), uint8(3))
	f.Add("4.4", math.SmallestNonzeroFloat64, 1e15, 5e-324, 1e-300, 1e12, int64(1), int64(1), int64(1), int64(1<<31-1), int64(1<<31-1), int64(1<<52), int64(1<<32-1), uint8(7))
	f.Fuzz(func(t *testing.T, kernel string, cpus, link, packets, rate, accept float64, life, rush, rtt, backlog, waiting, size, backends int64, flags uint8) {
		h := capacity.Host{Kernel: kernel, CPUs: cpus, LinkRate: link, PacketRate: packets,
			MemoryMax: capacity.Bytes(size), Tracked: flags&1 != 0, NoSynCookies: flags&2 != 0,
			HandshakeCPU: time.Duration(rtt), TCPMem: [3]int64{waiting, waiting, life}, ConntrackMax: size}
		if flags&8 != 0 {
			h.TCPMem, h.ConntrackMax, h.HandshakeCPU = [3]int64{}, 0, 0
		}
		w := capacity.Workload{Rate: rate, AcceptRate: accept, Lifetime: time.Duration(life), Rush: time.Duration(rush), RTT: time.Duration(rtt),
			Backlog: int(backlog), Unread: capacity.Bytes(waiting), Unsent: capacity.Bytes(waiting / 2), Waiting: packets, RequestBytes: capacity.Bytes(size),
			AnswerBytes: capacity.Bytes(size / 3), TLSBytes: capacity.Bytes(size), Backends: int(backends), HalfOpen: int(backlog), ServerCloses: flags&4 != 0}
		v, err := capacity.Plan(h, w)
		if err != nil {
			refusedBy(t, err)
			return
		}
		for i, wall := range v.Walls {
			if wall.Allows < 0 || i > 0 && wall.Allows < v.Walls[i-1].Allows || wall.Command == "" || strings.Contains(wall.Command, "%!") {
				t.Fatalf("wall %d: %+v", i, wall)
			}
		}
		must(v.Reach(capacity.Count(max(1, size))))
	})
}
