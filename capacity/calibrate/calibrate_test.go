package calibrate

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"socketbook/capacity"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// machine writes a /proc and /sys of one's own.
func machine(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

var stock = map[string]string{
	"proc/sys/kernel/osrelease":                      "5.15.0-91-generic\n",
	"proc/meminfo":                                   "MemTotal:       16777216 kB\nMemFree: 1 kB\nSlab: 100 kB\n",
	"proc/7/limits":                                  "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files     \n",
	"proc/sys/fs/nr_open":                            "1048576\n",
	"proc/sys/fs/file-max":                           "9223372036854775807\n",
	"proc/sys/net/core/somaxconn":                    "4096\n",
	"proc/sys/net/ipv4/ip_local_port_range":          "32768\t60999\n",
	"proc/sys/net/ipv4/tcp_mem":                      "188000\t250000\t376000\n",
	"proc/sys/net/ipv4/tcp_max_tw_buckets":           "65536\n",
	"proc/sys/net/ipv4/tcp_max_syn_backlog":          "1024\n",
	"proc/sys/net/ipv4/tcp_syncookies":               "1\n",
	"proc/sys/fs/epoll/max_user_watches":             "3700000\n",
	"proc/sys/net/netfilter/nf_conntrack_max":        "262144\n",
	"proc/sys/net/netfilter/nf_conntrack_count":      "12\n",
	"proc/self/cgroup":                               "0::/app.slice/web.service\n",
	"sys/fs/cgroup/app.slice/memory.max":             "2147483648\n",
	"sys/fs/cgroup/app.slice/web.service/memory.max": "max\n",
	"sys/devices/system/cpu/online":                  "0-3,8\n",
}

func TestHereReadsAMachine(t *testing.T) {
	h, notes := Here(machine(t, stock), 7)
	if len(notes) != 0 {
		t.Errorf("everything could be read, yet: %q", notes)
	}
	l := h.Limits
	if l.RAM != 16<<30 || l.NofileSoft != 1024 || l.NofileHard != 524288 || l.FileMax != math.MaxInt64 || l.PortHigh != 60999 {
		t.Errorf("%+v", l)
	}
	if h.TCPMem != [3]int64{188000, 250000, 376000} || !h.Tracked || h.ConntrackMax != 262144 || h.EpollWatches != 3700000 || h.CPUs != 5 {
		t.Errorf("%+v", h)
	}
	if h.MemoryMax != 2*capacity.GiB {
		t.Errorf("the group above has the limit: %v", h.MemoryMax)
	}
	v := must(capacity.Plan(h, capacity.Workload{Epoll: true}))
	if v.Connections() != 1019 || v.Host.Kernel != "5.x" {
		t.Errorf("%v", v)
	}
}

// What is missing, unreadable or nonsense is named, and the rest goes on.
func TestHereNamesWhatItCannotRead(t *testing.T) {
	files := map[string]string{}
	for k, v := range stock {
		files[k] = v
	}
	delete(files, "proc/sys/fs/file-max")
	files["proc/sys/net/ipv4/tcp_mem"] = "twelve\n"
	files["proc/sys/kernel/osrelease"] = "2.6.32-431.el6\n"
	files["proc/7/limits"] = "Max open files            1073741816           1073741816           files\n"
	h, notes := Here(machine(t, files), 7)
	all := strings.Join(notes, "\n")
	for _, want := range []string{"/proc/sys/fs/file-max: ", "tcp_mem", "2.6.32", "above fs.nr_open"} {
		if !strings.Contains(all, want) {
			t.Errorf("no word of %q in %q", want, notes)
		}
	}
	if h.Limits.NofileHard != 1048576 || h.Limits.Somaxconn != 4096 {
		t.Errorf("%+v", h.Limits)
	}
	must(capacity.Plan(h, capacity.Workload{}))
	if _, notes := Here(t.TempDir(), 7); len(notes) < 8 {
		t.Errorf("an empty machine: %q", notes)
	}
}

func TestOldCgroups(t *testing.T) {
	root := machine(t, map[string]string{
		"proc/self/cgroup": "5:cpu:/\n4:memory:/a/b\n0::/\n",
		"sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
		"sys/fs/cgroup/memory/a/memory.limit_in_bytes":   "1000000000\n",
	})
	r := reader{root: root}
	if got := r.memoryMax(1 << 34); got != 1_000_000_000 {
		t.Errorf("memory.limit_in_bytes above: %v", got)
	}
}

// A line with known scatter: slope, standard error and R² by hand.
func TestFit(t *testing.T) {
	f, ok := fit("x", []float64{1, 2, 3, 4}, []float64{11, 19, 31, 39})
	// Slope 9.6, intercept 1; residuals 0.4, -1.2, 1.2, -0.4: their squares add
	// up to 3.2, so s = 1.265 and the error s/√5 = 0.566.
	if !ok || math.Abs(f.Bytes-9.6) > 1e-9 || math.Abs(f.Stderr-0.5657) > 1e-3 || math.Abs(f.R2-0.9931) > 1e-3 {
		t.Errorf("%+v", f)
	}
	for _, n := range [][]float64{nil, {1, 2}, {3, 3, 3}} {
		if f, ok := fit("x", n, make([]float64, len(n))); ok {
			t.Errorf("%v gave %+v", n, f)
		}
	}
}

func TestFileRoundTrip(t *testing.T) {
	f := File{Kernel: "6.18.44", Fits: []Fit{{State: Idle, Bytes: 8100, Stderr: 9, R2: 1}, {State: Queued, Bytes: 6900, R2: 1}, {State: Unread, Bytes: 9108, R2: 1}, {State: TimeWait, Bytes: 900, R2: 0.5}}}
	f.sizes(capacity.Kernels[2].Sizes)
	if s := f.Sizes; s.Server != 3922 || s.Client != 4178 || s.Queued != 2722 || s.Skb != 1008 || s.TimeWait != 256 { // the last one scatters: the table's stays
		t.Errorf("%+v", s)
	}
	name := filepath.Join(t.TempDir(), "c.json")
	if err := f.Save(name); err != nil {
		t.Fatal(err)
	}
	g := must(Load(name))
	h := capacity.Host{}
	g.Apply(&h)
	if got := must(capacity.Workload{}.KernelBytesOn(h)); got != 3922 {
		t.Errorf("the model takes %v a connection", got)
	}
	for _, bad := range []string{"", "{", `{"sizes":{"Server":-1}}`, `{"kernel":"9.9"}`} {
		if err := os.WriteFile(name, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(name); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestBadOptionsAreRefusedByName(t *testing.T) {
	for field, o := range map[string]Options{"Most": {Most: -1}, "Rounds": {Rounds: -1}, "Budget": {Budget: -1}} {
		_, err := Measure(context.Background(), o)
		var input *capacity.InputError
		if !errors.As(err, &input) || input.Field != field {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// On a live Linux: a small measurement ends, leaves no descriptor behind, and
// says what it found or why it found nothing.
func TestMeasureLeavesNothingBehind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no Linux here to measure")
	}
	fds := func() int { return len(must(os.ReadDir("/proc/self/fd"))) }
	before := fds()
	f, err := Measure(context.Background(), Options{Most: 80, Rounds: 1, Budget: 5 * time.Second})
	if err != nil && !errors.Is(err, ErrNothing) {
		t.Fatal(err)
	}
	if err != nil && len(f.Notes) == 0 {
		t.Errorf("nothing measured and nothing said: %+v", f)
	}
	if after := fds(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	// ^C before the first step.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if f, err := Measure(ctx, Options{}); !errors.Is(err, context.Canceled) || len(f.Fits) != 0 {
		t.Errorf("cancelled: %v, %+v", err, f)
	}
	if after := fds(); after != before {
		t.Errorf("%d descriptors before, %d after ^C", before, after)
	}
}

// Never past half of a limit.
func TestBoundIsHalfOfEveryLimit(t *testing.T) {
	h := must(capacity.Host{}.WithDefaults())
	if n := bound(10_000, h); n != 1024/4-8 {
		t.Errorf("1,024 descriptors: %d connections of two", n)
	}
	h.Limits.NofileSoft, h.Limits.PortHigh = 1<<20, h.Limits.PortLow+99
	if n := bound(10_000, h); n != 50 {
		t.Errorf("100 ports: %d connections", n)
	}
	h.Limits.FileMax = 80
	if n := bound(10_000, h); n != 20 {
		t.Errorf("80 files: %d connections of two", n)
	}
}

// Whatever stands in /proc: a host that can be planned with, or a refusal of
// it with field, value and range.
func FuzzHere(f *testing.F) {
	f.Add("Max open files  1024 4096 files", "MemTotal: 16 kB", "1 2 3", "0::/a", "0-3", "6.1")
	f.Add("Max open files  unlimited unlimited files", "MemTotal: 99999999999999999999 kB", "-1 max 9223372036854775807", "4:memory:/../..", "9-1,x", "")
	f.Fuzz(func(t *testing.T, limits, meminfo, numbers, cgroup, cpus, kernel string) {
		files := map[string]string{"proc/7/limits": limits, "proc/meminfo": meminfo, "proc/self/cgroup": cgroup,
			"sys/devices/system/cpu/online": cpus, "proc/sys/kernel/osrelease": kernel}
		for _, name := range []string{"fs/nr_open", "fs/file-max", "net/core/somaxconn", "net/ipv4/ip_local_port_range", "net/ipv4/tcp_mem",
			"net/ipv4/tcp_max_tw_buckets", "fs/epoll/max_user_watches", "net/netfilter/nf_conntrack_max"} {
			files["proc/sys/"+name] = numbers
		}
		h, _ := Here(machine(t, files), 7)
		if _, err := capacity.Plan(h, capacity.Workload{}); err != nil && !strings.Contains(err.Error(), "allowed") {
			t.Fatal(err)
		}
		sumSlabs(meminfo)
	})
}
