package check

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"socketbook/sockets"
)

// faults is what goes wrong in one run, by the names of the dials below. What is
// not in it is calm.
type faults map[string]int

// A dial is one thing that can go wrong, or get hard, and how far.
type dial struct {
	name   string
	calm   int
	levels []int // what a run may have in place of calm
	most   int   // what a replay string may have
	doc    string
	say    func(v int) string // in words, of a value that is not calm
	fixed  bool               // half of it is not half as bad
}

func phrase(one, many string) func(int) string {
	return func(v int) string {
		if v == 1 {
			return one
		}
		return fmt.Sprintf(many, word(v))
	}
}

func always(text string) func(int) string { return func(int) string { return text } }

// dials are all there are. An exam has some of them, with levels of its own if
// it likes.
var dials = []dial{
	{"clients", 1, []int{3, 8}, 100, "clients that come one after another", phrase("one client", "%s clients"), false},
	{"bytes", 10, []int{1000, 5000, 40_000}, 200_000, "bytes each client sends", phrase("messages of one byte", "messages of %s bytes"), false},
	{"pieces", 1, []int{2, 5}, 100, "pieces in which a message comes, 3 ms apart", phrase("", "messages that come in %s pieces"), false},
	{"half", 0, []int{1}, 1, "clients shut down their side before they read", always("clients that shut down their side, and then read"), false},
	{"burst", 0, []int{30}, 1000, "more clients, which come at one instant", phrase("one client more", "%s clients that come at one instant"), false},
	{"short", 0, []int{20, 100}, 100_000, "bytes that Read and Write of a blocking descriptor move at most", phrase("calls that move one byte at a time", "calls that move %s bytes at most (a signal came in between)"), true},
	{"buffer", 0, []int{4608}, 1 << 20, "bytes of the sockets' buffers", phrase("buffers of one byte", "socket buffers of %s bytes"), true},
	{"silent", 0, []int{1, 3}, 100, "clients that say nothing for ten seconds", phrase("a client that connects and says nothing", "%s clients that connect and say nothing"), false},
	{"slow", 0, []int{1, 2}, 100, "clients that do not read for five seconds", phrase("a client that does not read for a while", "%s clients that do not read for a while"), false},
	{"reset", 0, []int{1, 2}, 100, "clients that reset the connection in mid-message", phrase("a client that resets its connection", "%s clients that reset their connections"), false},
	{"crowd", 0, []int{1100}, 10_000, "clients that connect and never say a word", phrase("one client that never says a word", "%s clients that never say a word"), false},
	{"nofile", 0, []int{12}, 1 << 20, "RLIMIT_NOFILE of the program; 0 is 1024, or what the crowd needs", phrase("a limit of one descriptor", "a limit of %s descriptors"), true},
	{"restart", 0, []int{1}, 1, "the server was killed with a client connected, and starts again", always("a server that is started again, after it was killed with a client connected"), false},
	{"delayed", 0, []int{50, 1000}, 60_000, "ms after which the server listens", phrase("a server that starts one ms late", "a server that starts %s ms late"), false},
	{"closed", 0, []int{1}, 1, "nobody listens at the port", always("a port at which nobody listens"), false},
	{"hangup", 0, []int{1, 3}, 100, "connections the server resets before it answers", phrase("a connection that is reset before the answer", "%s connections that are reset before the answer"), false},
	{"deaf", 0, []int{1}, 1, "nobody answers a SYN", always("a server that does not answer at all"), false},
	{"far", 0, []int{80}, 10_000, "ms a frame takes; 0 is 0.1 ms", phrase("a server one ms away", "a server %s ms away"), true},
	{"loss", 0, []int{5, 10}, 90, "frames lost, in percent", phrase("1 % of the frames lost", "%s %% of the frames lost"), false},
	{"twice", 0, []int{20}, 100, "frames that arrive twice, in percent", phrase("1 % of the frames twice", "%s %% of the frames arriving twice"), false},
	{"late", 0, []int{20}, 100, "frames that others overtake, in percent", phrase("1 % of the frames late", "%s %% of the frames overtaken by others"), false},
}

// pick is some of the dials, in their order.
func pick(names ...string) (some []dial) {
	for _, d := range dials {
		for _, n := range names {
			if n == d.name {
				some = append(some, d)
			}
		}
	}
	return some
}

// options are dials as a scenario has them.
func options(some []dial) (all []sockets.ScenarioOption) {
	for _, d := range some {
		all = append(all, sockets.IntOption(d.name, int64(d.calm), 0, int64(d.most), d.doc))
	}
	return all
}

func fromValues(some []dial, v sockets.Values) faults {
	f := faults{}
	for _, d := range some {
		f[d.name] = v.Int(d.name)
	}
	return f
}

// calmly is a run in which nothing goes wrong.
func calmly(some []dial) faults {
	f := faults{}
	for _, d := range some {
		f[d.name] = d.calm
	}
	return f
}

// plan is the faults of a seed: none in the first, then each level of each dial
// alone, then a few together by chance.
func plan(some []dial, seed uint64) faults {
	f := calmly(some)
	k := seed - 1
	if k == 0 {
		return f
	}
	k--
	for _, d := range some {
		if k < uint64(len(d.levels)) {
			f[d.name] = d.levels[k]
			return f
		}
		k -= uint64(len(d.levels))
	}
	r := rand.New(rand.NewPCG(seed, 0x736f636b6574))
	for range 2 + r.IntN(4) {
		d := some[r.IntN(len(some))]
		f[d.name] = d.levels[r.IntN(len(d.levels))]
	}
	return f
}

// words says what is not calm.
func (f faults) words(some []dial) string {
	var all []string
	for _, d := range some {
		if v := f[d.name]; v != d.calm {
			all = append(all, d.say(v))
		}
	}
	switch n := len(all); n {
	case 0:
		return "nothing out of the ordinary"
	case 1:
		return all[0]
	default:
		return strings.Join(all[:n-1], ", ") + " and " + all[n-1]
	}
}
