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
	Limits   sockets.Limits // with defaults
	Workload Workload       // with defaults
	Walls    []Wall         // sorted by Allows; at a tie the inner limit first
}

// Of says how many connections a host with these limits holds under this
// workload, what stops them, and in which order the other limits follow.
func Of(l sockets.Limits, w Workload) (Verdict, error) {
	walls, l, w, err := wallsOf(l, w)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Limits: l, Workload: w}
	for i, x := range walls {
		x.Command = x.command(nextGoal(x.Allows, walls[i+1:]))
		v.Walls = append(v.Walls, x.Wall)
	}
	return v, nil
}

// wallsOf checks the input, fills in its defaults and sorts the walls.
func wallsOf(l sockets.Limits, w Workload) ([]wall, sockets.Limits, Workload, error) {
	refused := func(err error) ([]wall, sockets.Limits, Workload, error) {
		return nil, sockets.Limits{}, Workload{}, err
	}
	if err := l.Validate(); err != nil {
		return refused(err)
	}
	if err := w.Validate(); err != nil {
		return refused(err)
	}
	l, w = l.WithDefaults(), w.WithDefaults()
	walls := descriptorWalls(l, w)
	if w.Epoll {
		walls = append(walls, epollWall(l, w))
	}
	tuples, err := tupleWall(w)
	if err != nil {
		return refused(err)
	}
	memory, err := memoryWall(l, w)
	if err != nil {
		return refused(err)
	}
	walls = append(walls, tuples, memory)
	slices.SortStableFunc(walls, func(a, b wall) int { return cmp.Compare(a.Allows, b.Allows) })
	return walls, l, w, nil
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

// Binding is the wall that stops us first.
func (v Verdict) Binding() Wall {
	if len(v.Walls) == 0 {
		return Wall{} // the zero Verdict
	}
	return v.Walls[0]
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
	walls, _, _, err := wallsOf(v.Limits, v.Workload)
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
	for _, w := range v.Walls[1:] {
		next = append(next, fmt.Sprintf("%s (%v)", w.Limit, w.Allows))
	}
	first := v.Binding()
	return fmt.Sprintf("%v connections: %s stops us first with %s at %s; then %s.",
		first.Allows, first.Limit, first.Errno, first.Call, strings.Join(next, ", "))
}
