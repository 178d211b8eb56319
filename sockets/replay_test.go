package sockets

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// mustReplay reads a replay string that must be good.
func mustReplay(t testing.TB, s string) *Replay {
	t.Helper()
	r, err := ParseReplay(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return r
}

// played is the tape and the capture of one run.
func played(t testing.TB, r *Replay) (tape string, capture []byte) {
	t.Helper()
	n, err := r.Run(Record())
	if err != nil {
		t.Fatalf("%s: %v", r, err)
	}
	defer n.Close()
	if wrong := audit(n); len(wrong) > 0 {
		t.Errorf("%s: %v", r, wrong)
	}
	var file bytes.Buffer
	if err := r.Pcapng(&file); err != nil {
		t.Fatalf("%s: %v", r, err)
	}
	return n.Tape().String(), file.Bytes()
}

// The same string is the same tape and the same capture; another seed another,
// in every scenario.
func TestReplayIsTheSameRun(t *testing.T) {
	for _, s := range Scenarios() {
		r := mustReplay(t, "sockets:v1:"+s.Name+"?seed=7")
		tape, capture := played(t, r)
		again, captured := played(t, mustReplay(t, r.String()))
		if tape != again || !bytes.Equal(capture, captured) {
			t.Errorf("%s must be the same run twice:\n%s", r, firstLines(again, tape))
		}
		other, captured := played(t, mustReplay(t, "sockets:v1:"+s.Name+"?seed=8"))
		if other == tape || bytes.Equal(capture, captured) {
			t.Errorf("%s with seed 8 must be another run", r)
		}
		if len(tape) < 500 || packets(blocks(t, capture)) < 2 {
			t.Errorf("%s: a tape of %d bytes and a capture of %d say too little", r, len(tape), len(capture))
		}
	}
}

// The canonical string, and what is read besides it.
func TestReplayStrings(t *testing.T) {
	const canonical = "sockets:v1:bulk?seed=7&delay=25us&rate=10000000000&queue=1000&bytes=2000"
	for _, s := range []string{canonical, "sockets:v1:bulk?bytes=2000&seed=7", "sockets:v1:bulk?seed=007&bytes=+2000&delay=0.025ms"} {
		if got := mustReplay(t, s).String(); got != canonical {
			t.Errorf("%s must be read as\n  %s, is\n  %s", s, canonical, got)
		}
	}
	for _, c := range []struct{ s, want string }{
		{"", `replay string is "", allowed: sockets:v1:SCENARIO?seed=NUMBER&OPTION=VALUE…`},
		{"handshake", "replay string is"},
		{"sockets:v2:handshake?seed=1", `version of the replay string is "v2", allowed: v1`},
		{"sockets:v1:handshaek?seed=1", `scenario is "handshaek", allowed: handshake, bulk`},
		{"sockets:v1:bulk?", "an option after the question mark"},
		{"sockets:v1:bulk?seed", `option is "seed", allowed: NAME=VALUE`},
		{"sockets:v1:bulk?seed=1&", "NAME=VALUE"},
		{"sockets:v1:bulk?seed=-1", "seed is"},
		{"sockets:v1:bulk?seed=1&seed=1", `option is "seed", allowed: once`},
		{"sockets:v1:bulk?speed=1", `option of scenario bulk is "speed", allowed: seed, delay, rate, queue, bytes`},
		{"sockets:v1:bulk?bytes=0", `option bytes of scenario bulk is "0", allowed: 1 to 1073741824`},
		{"sockets:v1:bulk?bytes=1e3", "option bytes"},
		{"sockets:v1:bulk?bytes=99999999999999999999", "option bytes"},
		{"sockets:v1:bulk?delay=25", "option delay of scenario bulk is \"25\", allowed: 0s to 1h0m0s"},
		{"sockets:v1:bulk?delay=-1s", "option delay"},
		{"sockets:v1:overload?arrivals=NaN", "option arrivals"},
		{"sockets:v1:overload?arrivals=Inf", "option arrivals"},
		{"sockets:v1:close?first=nobody", "allowed: client, server, both"},
		{"sockets:v1:bulk?source=abc", "source is \"abc\", allowed: none"},
		{"sockets:v1:bulk?x=" + strings.Repeat("9", maxReplay), "bytes long"},
	} {
		_, err := ParseReplay(c.s)
		var wrong *LimitError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q must be refused with %q, got %v", c.s, c.want, err)
		}
	}
}

// register makes a scenario known for the time of a test.
func register(t *testing.T, s Scenario) error {
	before := registered
	t.Cleanup(func() { registered = before })
	return Register(s)
}

func ownScenario(source string) Scenario {
	return Scenario{Name: "my-server", Source: source, Options: []ScenarioOption{FloatOption("x", 0.5, 0, 1, "a number")},
		Build: func(n *Network, o Values) {
			h := n.NewHost("alone", Limits{})
			h.Spawn("sleeper", func(p *Process) { p.Sleep(time.Duration(o.Float("x") * 1e9)) })
		}}
}

// A program of the reader's own has its source in the string, and a string made
// with another source is refused.
func TestReplayOfAnOwnProgram(t *testing.T) {
	if err := register(t, ownScenario("package main // one")); err != nil {
		t.Fatal(err)
	}
	r, err := NewReplay("my-server", 3)
	if err != nil {
		t.Fatal(err)
	}
	s := r.String()
	const hash = "694331bbfe0bdc6e" // of "package main // one", FNV-1a
	if got := mustReplay(t, s).String(); got != s || !strings.HasSuffix(s, "&source="+hash) {
		t.Errorf("the string ends with the hash of the source and can be read: %s, %s", s, got)
	}
	if n, err := r.Run(); err != nil || n.Now() != 500_000_000 {
		t.Errorf("the run sleeps for half a second: %v", err)
	}
	if err := Register(ownScenario("package main // one")); err == nil || !strings.Contains(err.Error(), "not registered yet") {
		t.Errorf("registering twice is an error, got %v", err)
	}
	registered = registered[:len(registered)-1]
	if err := Register(ownScenario("package main // two")); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseReplay(s); err == nil || !strings.Contains(err.Error(), "another source") {
		t.Errorf("a string of another source must be refused, got %v", err)
	}
	if _, err := ParseReplay("sockets:v1:my-server?seed=3"); err == nil || !strings.Contains(err.Error(), "source is missing") {
		t.Errorf("a string without the source must be refused, got %v", err)
	}
}

// What cannot be a scenario.
func TestRegisterRefuses(t *testing.T) {
	build := func(n *Network, o Values) {}
	for name, s := range map[string]Scenario{
		"no name":         {Build: build},
		"a capital":       {Name: "Bulk", Build: build},
		"taken":           {Name: "bulk", Build: build},
		"no Build":        {Name: "a"},
		"negative For":    {Name: "a", Build: build, For: -1},
		"option seed":     {Name: "a", Build: build, Options: []ScenarioOption{IntOption("seed", 0, 0, 1, "")}},
		"option twice":    {Name: "a", Build: build, Options: []ScenarioOption{IntOption("x", 0, 0, 1, ""), IntOption("x", 0, 0, 1, "")}},
		"default outside": {Name: "a", Build: build, Options: []ScenarioOption{IntOption("x", 2, 0, 1, "")}},
		"too large":       {Name: "a", Build: build, Options: []ScenarioOption{IntOption("x", 0, 0, 1<<60, "")}},
		"no choice":       {Name: "a", Build: build, Options: []ScenarioOption{ChoiceOption("x", "")}},
		"a bad choice":    {Name: "a", Build: build, Options: []ScenarioOption{ChoiceOption("x", "", "a&b")}},
	} {
		var wrong *LimitError
		if err := register(t, s); !errors.As(err, &wrong) {
			t.Errorf("%s must be refused, got %v", name, err)
		}
	}
	if err := register(t, Scenario{Name: "impatient", Build: func(n *Network, o Values) { n.NewHost("a", Limits{}).NewProcess("p").Sleep(1) }}); err != nil {
		t.Fatal(err)
	}
	if _, err := mustReplay(t, "sockets:v1:impatient").Run(); err == nil || !strings.Contains(err.Error(), "lets time pass") {
		t.Errorf("a scenario that lets time pass while it is built must be told so, got %v", err)
	}
}

// Any string is a run or an error, and the string of a run is read as itself.
func FuzzParseReplay(f *testing.F) {
	for _, s := range Scenarios() {
		f.Add("sockets:v1:" + s.Name + "?seed=1")
	}
	f.Add("sockets:v1:lossy-bulk?loss=1e-3&reorder=.5&delay=1h2m3.5s&seed=18446744073709551615")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseReplay(s)
		if err != nil {
			var wrong *LimitError
			if !errors.As(err, &wrong) {
				t.Fatalf("%q: %v is no LimitError", s, err)
			}
			return
		}
		again, err := ParseReplay(r.String())
		if err != nil || again.String() != r.String() || !reflect.DeepEqual(again, r) {
			t.Errorf("%q is read as %s, and that as %s, %v", s, r, again, err)
		}
	})
}

// The state after event k is the same, whether it is reached step by step, by a
// leap forwards or by one backwards.
func TestPlayerSeeks(t *testing.T) {
	for _, s := range []string{"sockets:v1:close?seed=1&first=both", "sockets:v1:zero-window?seed=2", "sockets:v1:backlog?seed=3",
		"sockets:v1:udp?seed=4&port=closed", "sockets:v1:overload?seed=5&clients=50"} {
		r := mustReplay(t, s)
		p, err := r.Player()
		if err != nil {
			t.Fatal(err)
		}
		states := []Snapshot{p.State()}
		for p.Step() {
			states = append(states, p.State())
		}
		if p.Len() != len(states)-1 || p.Pos() != p.Len() || p.Len() < 20 {
			t.Fatalf("%s: %d events, %d steps, now at %d", s, p.Len(), len(states)-1, p.Pos())
		}
		check := func(how string) {
			t.Helper()
			if k := p.Pos(); !reflect.DeepEqual(p.State(), states[k]) {
				t.Errorf("%s: the state after event %d, reached by %s, is not the one of stepping:\n%s", s, k, how, firstLines(p.State().String(), states[k].String()))
			}
		}
		chance := rand.New(rand.NewPCG(1, 1))
		for range 20 {
			if err := p.Seek(chance.IntN(p.Len() + 1)); err != nil {
				t.Fatal(err)
			}
			check("a seek")
			if p.Back() {
				check("a step back")
			}
			if p.Step() {
				check("a step after that")
			}
		}
		full, err := r.Run(Record())
		if err != nil {
			t.Fatal(err)
		}
		tape := full.Tape().Events()
		for range 10 {
			i := chance.IntN(len(tape))
			if err := p.SeekTape(i); err != nil {
				t.Fatal(err)
			}
			check("a seek on the tape")
			happened := p.Happened()
			if n := p.Network().Tape().Len(); n <= i || n-len(happened) > i && p.Pos() > 0 || happened[i-(n-len(happened))] != tape[i] {
				t.Errorf("%s: entry %d of the tape must be among what happened last, of %d", s, i, n)
			}
			if err := p.SeekTime(tape[i].At); err != nil {
				t.Fatal(err)
			}
			check("a seek in time")
			if p.Network().Now() > tape[i].At || p.Step() && p.Network().Now() <= tape[i].At {
				t.Errorf("%s: the last state at or before %v is looked for, not %v", s, tape[i].At, p.Network().Now())
			}
		}
		full.Close()
		var wrong *LimitError
		for _, err := range []error{p.Seek(-1), p.Seek(p.Len() + 1), p.SeekTape(-1), p.SeekTape(len(tape))} {
			if !errors.As(err, &wrong) {
				t.Errorf("%s: a place outside the run must be refused, got %v", s, err)
			}
		}
		p.Close()
	}
}

// A seek in a run of a lesson's size, half of the run backwards.
func BenchmarkSeek(b *testing.B) {
	for _, s := range []string{"sockets:v1:handshake?seed=1", "sockets:v1:bulk?seed=1&bytes=1000000", "sockets:v1:overload?seed=1"} {
		r := mustReplay(b, s)
		b.Run(r.scenario.Name, func(b *testing.B) {
			p, err := r.Player()
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			b.ReportMetric(float64(p.Len()), "events")
			for i := 0; b.Loop(); i++ {
				p.Seek(p.Len() - p.Len()/2*(i%2))
				if len(p.State().Hosts) == 0 {
					b.Fatal("no state")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/seek")
		})
	}
}

// replaySums is a line for each scenario: the hash of its capture.
func replaySums(t testing.TB) string {
	var b strings.Builder
	for _, s := range builtins {
		r := mustReplay(t, "sockets:v1:"+s.Name+"?seed=2026")
		h := sha256.New()
		if err := r.Pcapng(h); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%x %s\n", h.Sum(nil), r)
	}
	return b.String()
}

// The same strings are the same bytes natively, under the race detector and in
// WASM: the first of these runs writes the hashes into the file that
// SOCKETBOOK_SUMS names, the others compare.
func TestReplaySums(t *testing.T) {
	path := os.Getenv("SOCKETBOOK_SUMS")
	if path == "" {
		t.Skip("SOCKETBOOK_SUMS names no file")
	}
	sums := replaySums(t)
	want, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		err = os.WriteFile(path, []byte(sums), 0o644)
		want = []byte(sums)
	}
	if err != nil {
		t.Fatal(err)
	}
	if sums != string(want) {
		t.Errorf("the captures must be those of the first run, byte for byte:\n%s", firstLines(sums, string(want)))
	}
}

// With any options a scenario is a run: it ends, nothing is lost on the way
// without a name, and it is the same run again.
func TestReplaysAtRandom(t *testing.T) {
	chance := rand.New(rand.NewPCG(2, 2))
	for range 40 {
		s := builtins[chance.IntN(len(builtins))]
		r := &Replay{scenario: s, seed: chance.Uint64()}
		for _, o := range s.Options {
			v := o.min + chance.Float64()*chance.Float64()*(min(o.max, max(2*o.def, o.min+1))-o.min)
			if o.kind != optionFloat {
				v = float64(int64(v))
			}
			if chance.IntN(4) == 0 {
				v = o.min
			}
			r.values = append(r.values, v)
		}
		tape, capture := played(t, mustReplay(t, r.String()))
		if again, captured := played(t, r); again != tape || !bytes.Equal(capture, captured) {
			t.Errorf("%s must be the same run twice:\n%s", r, firstLines(again, tape))
		}
		blocks(t, capture)
	}
}

// What the experts of tshark say of a scenario, and why: that a connection
// closes, that frames were lost and sent again, that a window was closed. Those
// marked with ! must be said.
var explained = map[string][]string{
	"bulk":        closing,
	"lossy-bulk":  append(append(lost, "Connection reset (RST)"), closing...), // a copy may come when all is over
	"close":       closing,
	"reset":       append([]string{"!Connection reset (RST)"}, closing...),
	"refused":     {"!Connection reset (RST)"},
	"backlog":     append(lost, closing...),
	"time-wait":   append([]string{"!A new tcp session is started with the same ports"}, closing...),
	"zero-window": append([]string{"!TCP Zero Window segment", "TCP window specified by the receiver is now completely full", "TCP keep-alive", "TCP Zero Window Probe", "TCP window update"}, closing...),
	"overload":    append(lost, closing...),
	"ipv6":        closing,
	"path-mtu":    append([]string{"This frame is a (suspected) retransmission", "This frame is a (suspected) out-of-order"}, closing...),
}

var (
	closing = []string{"This frame initiates the connection closing", "This frame undergoes the connection closing"}
	lost    = []string{"This frame is a (suspected) retransmission", "This frame is a (suspected) fast retransmission",
		"This frame is a (suspected) spurious retransmission", "This frame is a (suspected) out-of-order segment", "Duplicate ACK (#", "D-SACK Sequence", "TCP window specified by the receiver is now completely full"}
)

// tshark takes every scenario for what a real network could have sent.
func TestTsharkReadsScenarios(t *testing.T) {
	more := []string{"path-mtu?seed=2&family=ipv6", "close?seed=2&first=both", "reset?seed=2&how=late", "udp?seed=2&port=closed",
		"lossy-bulk?seed=2&loss=0.05&duplicate=0.05&reorder=0.05&corrupt=0.05", "backlog?seed=2&clients=30&backlog=8"}
	for _, s := range builtins {
		more = append(more, s.Name+"?seed=1")
	}
	for _, run := range more {
		name, _, _ := strings.Cut(run, "?")
		t.Run(run, func(t *testing.T) {
			t.Parallel()
			var capture bytes.Buffer
			if err := mustReplay(t, "sockets:v1:"+run).Pcapng(&capture); err != nil {
				t.Fatal(err)
			}
			tshark(t, capture.Bytes(), explained[name]...)
		})
	}
}

// The tape's lines are those that tcpdump prints of the capture, to the
// nanosecond.
func TestTapeIsTcpdumps(t *testing.T) {
	program, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not here")
	}
	dir := t.TempDir()
	for _, s := range builtins {
		p, err := mustReplay(t, "sockets:v1:"+s.Name+"?seed=1").stage(nil, []Option{Record()})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p.net.hosts {
			if len(h.nics) > 0 && s.Name == "bulk" { // large segments, too
				h.SetOffload("eth0", OffloadTSO|OffloadGRO, true)
			}
		}
		hosts := p.net.Hosts()
		files := make([]bytes.Buffer, len(hosts))
		for k, h := range hosts {
			device := "lo"
			if len(h.nics) == 1 {
				device = "eth0"
			}
			if _, err := h.Capture(&files[k], device, CaptureOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		p.net.runUntil(p.ended)
		for k, h := range hosts {
			if len(h.nics) > 1 {
				continue // the tape has all devices of a host, a capture one
			}
			path := filepath.Join(dir, s.Name+"-"+h.name)
			if err := os.WriteFile(path, files[k].Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(program, "-nn", "-S", "-tt", "--nano", "-r", path).Output()
			if err != nil {
				t.Fatalf("tcpdump: %v", err)
			}
			want := strings.ReplaceAll(string(out), ": HTTP\n", "\n") // it knows port 80, and looks into the payload
			if got := p.net.tape.Tcpdump(h); got != want {
				t.Errorf("%s: the tape of the %s must read as tcpdump does:\n%s", s.Name, h.name, firstLines(got, want))
			}
		}
		p.net.Close()
	}
}

// A scenario need not be registered: its own methods make and read its strings.
func TestReplayOfAScenarioWithoutName(t *testing.T) {
	s := ownScenario("package main")
	s.Name = "nobody-knows-me"
	r, err := s.Replay(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Set("x", "0.25"); err != nil {
		t.Fatal(err)
	}
	again, err := s.ParseReplay(r.String())
	if err != nil || again.String() != r.String() || again.Values().Float("x") != 0.25 || again.Seed() != 3 {
		t.Errorf("%v, %v: want %v", again, err, r)
	}
	if _, err := ParseReplay(r.String()); err == nil {
		t.Error("the scenario is not registered, and its string is read")
	}
	for text, want := range map[string]string{
		"sockets:v1:bulk?seed=7":                              "nobody-knows-me",
		"sockets:v1:nobody-knows-me?seed=7":                   "missing",
		"sockets:v1:nobody-knows-me?seed=7&source=0123456789": "another source",
	} {
		if _, err := s.ParseReplay(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	s.Name = "Not A Name"
	if _, err := s.Replay(1); err == nil {
		t.Error("a scenario that cannot be was taken")
	}
}
