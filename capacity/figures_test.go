package capacity

import (
	"math"
	"strings"
	"testing"
)

// The numbers in a sum are for a reader: no exponent where a planner has numbers.
func TestFigures(t *testing.T) {
	for _, c := range []struct {
		x      float64
		digits int
		want   string
	}{
		{1e9, 4, "1,000,000,000"}, {3810.4, 4, "3,810"}, {3810.4, 5, "3,810.4"}, {999.96, 4, "1,000"}, {0, 4, "0"},
		{0.00124, 4, "0.00124"}, {-0.5, 4, "-0.5"}, {-1234.5, 5, "-1,234.5"}, {1.2, 3, "1.2"}, {1e-6, 3, "0.000001"},
		{1e-9, 3, "1e-09"}, {2e15, 3, "2e+15"}, {math.Inf(1), 3, "+Inf"},
	} {
		if got := figure(c.x, c.digits); got != c.want {
			t.Errorf("figure(%g, %d) is %q; want %q", c.x, c.digits, got, c.want)
		}
	}
	for seconds, want := range map[float64]string{1.21e-6: "1.21 µs", 0.5: "500 ms", 12: "12 s", 3e-8: "30 ns", 0.0015: "1.5 ms"} {
		if got := span(seconds); got != want {
			t.Errorf("span(%g) is %q; want %q", seconds, got, want)
		}
	}
}

// TestSumsAreReadable looks at every sum and command of a busy machine.
func TestSumsAreReadable(t *testing.T) {
	host := Host{CPUs: 4, LinkRate: 1_000_000_000, PacketRate: 2_000_000, Tracked: true, NoSynCookies: true}
	load := Workload{Epoll: true, Lifetime: 600e9, Rate: 0.1, RequestBytes: 500, AnswerBytes: 4000,
		Unread: 100, Waiting: 0.1, Rush: 1e9, RTT: 3e6, Backends: 2}
	plan, err := Plan(host, load)
	if err != nil {
		t.Fatal(err)
	}
	walls, err := plan.Reach(3_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range append(plan.Walls, walls...) {
		for _, text := range []string{w.Sum, w.Command} {
			if strings.Contains(text, "e+") || strings.Contains(text, "e-0") {
				t.Errorf("%s: %q has an exponent", w.Limit, text)
			}
		}
		t.Log(w.Limit, "=", w.Sum, "|", w.Command)
	}
}
