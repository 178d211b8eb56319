package symptoms

import (
	"regexp"
	"testing"
	"time"

	"socketbook/capacity"
)

// named are the errnos, counters and lines of dmesg in a wall's fields.
var named = regexp.MustCompile(`\bE[A-Z]{4,}\b|\bTcpExt\w+|\boom_kill\b|dmesg "([^"]+)"`)

// TestWallsHaveEntries wants an entry for whatever the capacity model says one
// sees at a wall.
func TestWallsHaveEntries(t *testing.T) {
	met := map[capacity.Resource]bool{}
	for _, w := range []capacity.Workload{
		{Epoll: true, Unread: capacity.KiB, Lifetime: time.Minute, ServerCloses: true, Backends: 2, Rate: 10, RequestBytes: 100, AnswerBytes: 1000, Rush: time.Second},
		{Clients: []capacity.Clients{{}}, Rush: 1},
	} {
		h := capacity.Host{Tracked: true, MemoryMax: capacity.GB, NoSynCookies: true, CPUs: 2, LinkRate: 1e9, PacketRate: 1e6}
		v, err := capacity.Plan(h, w)
		if err != nil {
			t.Fatal(err)
		}
		for _, wall := range v.Walls {
			met[wall.Limit] = true
			for _, text := range []string{wall.Errno, wall.Seen, wall.Counter} {
				for _, m := range named.FindAllStringSubmatch(text, -1) {
					name := m[0]
					if m[1] != "" {
						name = m[1]
					}
					if name == "ESTAB" {
						continue
					}
					if _, ok := Find(name); !ok {
						t.Errorf("%s: %q is seen there, and has no entry", wall.Limit, name)
					}
				}
			}
		}
	}
	for _, r := range capacity.Resources {
		if !met[r] {
			t.Errorf("the wall %s was not met", r)
		}
	}
}
