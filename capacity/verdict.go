package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"socketbook/sockets"
)

// Verdict is every wall in front of a workload, lowest first.
type Verdict struct {
	Host     Host           // with defaults
	Limits   sockets.Limits // of the host
	Workload Workload       // with defaults
	Walls    []Wall         // sorted by Allows; at a tie the inner limit first
}

// Of says how many connections a host with these limits holds under this
// workload, what stops them, and in which order the other limits follow.
func Of(l sockets.Limits, w Workload) (Verdict, error) { return Plan(Host{Limits: l}, w) }

// Plan is [Of] for a host with more than [sockets.Limits]: its kernel, what it
// tracks, its cgroup, CPUs and network card.
func Plan(h Host, w Workload) (Verdict, error) {
	walls, h, w, err := wallsOf(h, w)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Host: h, Limits: h.Limits, Workload: w}
	for i, x := range walls {
		x.Command = x.command(nextGoal(x.Allows, walls[i+1:]))
		v.Walls = append(v.Walls, x.Wall)
	}
	return v, nil
}

// wallsOf checks the input, fills in its defaults and sorts the walls.
func wallsOf(h Host, w Workload) ([]wall, Host, Workload, error) {
	refused := func(err error) ([]wall, Host, Workload, error) { return nil, Host{}, Workload{}, err }
	if err := h.Limits.Validate(); err != nil {
		return refused(err)
	}
	h, err := h.WithDefaults()
	if err != nil {
		return refused(err)
	}
	for _, err := range []error{h.validate(), w.Validate()} {
		if err != nil {
			return refused(err)
		}
	}
	w = w.WithDefaults()
	walls := descriptorWalls(h.Limits, w)
	if w.Epoll {
		walls = append(walls, epollWall(h, w))
	}
	tuples, err := tupleWall(h, w)
	if err != nil {
		return refused(err)
	}
	memory, err := memoryWalls(h, w)
	if err != nil {
		return refused(err)
	}
	walls = append(walls, tuples)
	for _, more := range [][]wall{ownTupleWall(h, w), trackWall(h, w), timeWaitWall(h, w), tcpMemWalls(h, w),
		memory, rushWalls(h, w), trafficWalls(h, w)} {
		walls = append(walls, more...)
	}
	slices.SortStableFunc(walls, func(a, b wall) int { return cmp.Compare(a.Allows, b.Allows) })
	return walls, h, w, nil
}

// nextGoal is how far to move a wall: to the next one, which stops us there,
// or twice as far where that one is out of sight (a thousand times as far).
func nextGoal(allows Count, higher []wall) Count {
	sight, _ := mul(int64(max(allows, 1000)), 1000)
	for _, next := range higher {
		if next.Allows > allows && int64(next.Allows) <= sight {
			return next.Allows
		}
	}
	twice, _ := mul(int64(max(allows, 1)), 2)
	return Count(twice)
}

// Binding is the wall that stops us first: the lowest that is not soft.
func (v Verdict) Binding() Wall {
	for _, w := range v.Walls {
		if !w.Soft {
			return w
		}
	}
	return Wall{} // the zero Verdict
}

// Connections is how many the host holds: what the binding wall allows.
func (v Verdict) Connections() Count { return v.Binding().Allows }

// Wall finds a limit among the walls.
func (v Verdict) Wall(limit Resource) (Wall, bool) {
	i := slices.IndexFunc(v.Walls, func(w Wall) bool { return w.Limit == limit })
	if i < 0 {
		return Wall{}, false
	}
	return v.Walls[i], true
}

// Reach is what must be moved to hold goal connections: every wall below it,
// each with the command that takes it there, in the order to type them (the
// outer limit before the inner one). It is empty when all of them fit.
func (v Verdict) Reach(goal Count) ([]Wall, error) {
	if err := check(field{"goal", int64(goal), 1, maxCount}); err != nil {
		return nil, err
	}
	walls, _, _, err := wallsOf(v.Host, v.Workload)
	if err != nil {
		return nil, err
	}
	var below []Wall
	for _, x := range slices.Backward(walls) {
		if x.Allows < goal {
			x.Command = x.command(goal)
			below = append(below, x.Wall)
		}
	}
	return below, nil
}

// Summary is the verdict in one sentence.
func (v Verdict) Summary() string {
	if len(v.Walls) == 0 {
		return "no limits were given"
	}
	var next []string
	first, slows := v.Binding(), ""
	for _, w := range v.Walls {
		switch {
		case w.Soft && w.Allows < first.Allows:
			slows = fmt.Sprintf(" From %v on %s slows us.", w.Allows, w.Limit)
		case w.Limit != first.Limit:
			next = append(next, fmt.Sprintf("%s (%v)", w.Limit, w.Allows))
		}
	}
	how := "without an error"
	if first.Errno != "" {
		how = fmt.Sprintf("with %s at %s", first.Errno, first.Call)
	}
	stops := "stops"
	if first.Limit == Tuples || first.Limit == OwnTuples {
		stops = "stop" // they are many
	}
	return fmt.Sprintf("%v connections: %s %s us first %s; then %s.%s",
		first.Allows, first.Limit, stops, how, strings.Join(next, ", "), slows)
}
