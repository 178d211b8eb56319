package check

import (
	"strings"
	"testing"

	"socketbook/sockets"
)

func TestPlanExercises(t *testing.T) {
	limits := func(soft, hard int) sockets.Limits {
		return sockets.Limits{RAM: 2 << 30, NofileSoft: soft, NofileHard: hard}
	}
	extra := limits(100_004, 100_004)
	extra.FileMax = 1_000_000
	for _, c := range []struct {
		name  string
		got   outcome
		state string
		says  string
	}{
		{"tracked: open", tracked(0), open, "number"},
		{"tracked: right", tracked(52_428), solved, "four"},
		{"tracked: the whole list", tracked(262_144), wrong, "length of the list"},
		{"tracked: too many", tracked(60_000), wrong, "120 seconds"},
		{"tracked: too few", tracked(50_000), wrong, "room for more"},
		{"proxy: right", proxy(6), solved, "169,392"},
		{"proxy: too few", proxy(5), wrong, "EADDRNOTAVAIL"},
		{"proxy: too many", proxy(7), wrong, "6 addresses would do"},
		{"proxy: nonsense", proxy(-1), wrong, "from 1"},
		{"walls: open", wallsOf("RAM", "", ""), open, "three walls"},
		{"walls: right", wallsOf("ram", "fs.file-max", "RLIMIT_NOFILE soft"), solved, "360"},
		{"walls: as low", wallsOf("ram", "fs.file-max", "RLIMIT_NOFILE hard"), solved, ""},
		{"walls: twice", wallsOf("ram", "ram", "fs.file-max"), wrong, "twice"},
		{"walls: order", wallsOf("fs.file-max", "RAM", "RLIMIT_NOFILE soft"), wrong, "fs.file-max allows"},
		{"walls: no such", wallsOf("RAM", "the moon", "CPU"), wrong, "no wall"},
		{"thrifty: open", thrifty(sockets.Limits{RAM: 2 << 30}), open, "fields"},
		{"thrifty: more memory", thrifty(sockets.Limits{RAM: 4 << 30}), wrong, "2 GiB"},
		{"thrifty: one too few", thrifty(limits(100_003, 100_003)), wrong, "99,999"},
		{"thrifty: too much", thrifty(extra), wrong, "need not be"},
		{"thrifty: right", thrifty(limits(100_004, 100_004)), solved, "held all"},
		{"thrifty: impossible", thrifty(limits(5, -1)), wrong, "cannot be"},
	} {
		if c.got.state != c.state || !strings.Contains(c.got.text, c.says) {
			t.Errorf("%s: %s: %s; want %s, with %q", c.name, c.got.state, c.got.text, c.state, c.says)
		}
	}
}
