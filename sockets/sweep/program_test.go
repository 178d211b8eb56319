package sweep

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"socketbook/sockets"
)

// What the tests' sweep varies: a line such as "seed=7 backlog=4". Its result
// is how many clients of a burst were turned away at the door.
func burst(_ context.Context, line string) (string, error) {
	var seed uint64
	var backlog int
	if _, err := fmt.Sscanf(line, "seed=%d backlog=%d", &seed, &backlog); err != nil {
		return "", fmt.Errorf("line %q, allowed: seed=N backlog=N", line)
	}
	lab := sockets.NewNetwork(sockets.Seed(seed))
	defer lab.Close()
	server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	if _, err := server.NewProcess("server").ListenOn(sockets.Any(80), backlog); err != nil {
		return "", err
	}
	load := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 50, Rate: 1e6})
	if err := lab.RunFor(1e8); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d connected, %d SYNs dropped, the last at %v s", line, load.Result().Connected, server.Stats().ListenDrops, load.Result().Last), nil
}

func bursts() (lines []string) {
	for _, backlog := range []int{4, 16} {
		for seed := range 3 {
			lines = append(lines, fmt.Sprintf("seed=%d backlog=%d", seed, backlog))
		}
	}
	return lines
}

// The test binary is a sweep's program as well, for the test with a job runner.
func TestMain(m *testing.M) {
	if os.Getenv("SWEEP_PROGRAM") != "" {
		Main(bursts(), burst)
	}
	os.Exit(m.Run())
}

func runProgram(args ...string) (status int, out, complaint string) {
	var o, e bytes.Buffer
	status = program(context.Background(), append([]string{"sweep"}, args...), &o, &e, bursts(), burst)
	return status, o.String(), e.String()
}

// One line at a time, by line or by number, gives the same bytes as all of
// them here.
func TestProgramOneByOne(t *testing.T) {
	status, all, complaint := runProgram()
	if status != 0 || strings.Count(all, "\n") != 6 {
		t.Fatalf("six lines are the result, status %d: %q %q", status, all, complaint)
	}
	_, list, _ := runProgram("-list")
	var byLine, byNumber string
	for i, line := range strings.Split(strings.TrimSpace(list), "\n") {
		_, one, _ := runProgram("-run", line)
		byLine += one
		_, one, _ = runProgram("-index", fmt.Sprint(i))
		byNumber += one
	}
	if byLine != all || byNumber != all {
		t.Errorf("by line:\n%sby number:\n%sall at once:\n%s", byLine, byNumber, all)
	}
}

func TestProgramRefuses(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"-run x", 1, `line "x", allowed: seed=N backlog=N`},
		{"-index 6", 1, "-index is 6, allowed: 0 to 5"},
		{"-index -1", 1, "-index is -1, allowed: 0 to 5"},
		{"more", 1, `argument "more"`},
		{"-workers 9999", 1, "Workers is 9999"},
		{"-fast", 2, "flag provided but not defined: -fast"},
	} {
		if status, out, complaint := runProgram(strings.Fields(c.args)...); status != c.status || out != "" || !strings.Contains(complaint, c.want) {
			t.Errorf("%s: status %d, %q, %q; want %d and %q", c.args, status, out, complaint, c.status, c.want)
		}
	}
	two := func(context.Context, string) (string, error) { return "a\nb", nil }
	if program(context.Background(), []string{"sweep"}, new(bytes.Buffer), new(bytes.Buffer), bursts(), two) != 1 {
		t.Error("a result of two lines is refused")
	}
}

// GNU parallel takes the list apart and prints the same bytes.
func TestProgramUnderParallel(t *testing.T) {
	parallel, err := exec.LookPath("parallel")
	if err != nil {
		t.Skip("GNU parallel is not installed (Debian: apt-get install parallel)")
	}
	if version, _ := exec.Command(parallel, "--version").Output(); !bytes.HasPrefix(version, []byte("GNU parallel")) {
		t.Skip("another program of the name parallel")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sweep := func(name string, stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "SWEEP_PROGRAM=1", "HOME="+t.TempDir())
		cmd.Stdin = strings.NewReader(stdin)
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, complaint.String())
		}
		return string(out)
	}
	here := sweep(self, "")
	there := sweep(parallel, sweep(self, "", "-list"), "--keep-order", "-j2", self, "-run", "{}")
	if here != there || strings.Count(here, "\n") != 6 {
		t.Errorf("by GNU parallel:\n%shere:\n%s", there, here)
	}
}

// BenchmarkSweep is a sweep of 200 runs, by one worker and by one for each
// core: the ratio is how far it scales.
//
//	go test ./sockets/sweep -run '^$' -bench Sweep -benchtime 1x
func BenchmarkSweep(b *testing.B) {
	one := func(_ context.Context, seed uint64) (int, error) {
		lab := sockets.NewNetwork(sockets.Seed(seed))
		defer lab.Close()
		server, client := lab.NewHost("server", sockets.Limits{NofileSoft: 1 << 20, NofileHard: 1 << 20}), lab.NewHost("client", sockets.Limits{})
		lab.NewLink(client, server, sockets.LAN)
		n := 0
		server.Spawn("server", func(p *sockets.Process) {
			l, err := p.ListenOn(sockets.Any(80), 4096)
			for ; err == nil; n++ {
				_, _, err = p.Accept4(l, 0)
			}
		})
		lab.RunFor(1e6)
		client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 10_000, Window: 500})
		err := lab.RunUntil(func() bool { return n == 10_000 })
		return n, err
	}
	var took [2]float64
	for b.Loop() {
		for i, workers := range []int{1, 0} {
			before := b.Elapsed()
			if _, err := Run(context.Background(), Seeds(1, 200), one, Options{Workers: workers}); err != nil {
				b.Fatal(err)
			}
			took[i] += (b.Elapsed() - before).Seconds()
		}
	}
	b.ReportMetric(200*float64(b.N)/took[1], "runs/s")
	b.ReportMetric(took[0]/took[1], "x-faster")
	b.ReportMetric(0, "ns/op")
}
