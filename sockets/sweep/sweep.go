package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Options of a sweep. The zero value uses every core and is silent.
type Options struct {
	// Workers is how many runs go on at once, 1 to 4096. Default: one for each
	// core that Go may use (runtime.GOMAXPROCS).
	Workers int

	// Each is the memory one run may take, in bytes, and Memory what all of
	// them together may: there are never more at once than fit. Default of
	// Memory: [Available]. With Each at zero neither is looked at.
	Each, Memory int64

	// Progress is where a line says how far the sweep is; each overwrites the
	// last. nil: nowhere.
	Progress io.Writer
}

// Seeds are n neighbouring seeds from first on. Runs of neighbouring seeds have
// nothing in common (sim.NewStream).
func Seeds(first uint64, n int) []uint64 {
	seeds := make([]uint64, max(0, n))
	for i := range seeds {
		seeds[i] = first + uint64(i)
	}
	return seeds
}

// RunError says which run of a sweep failed.
type RunError struct {
	Index int // of its input
	Input string
	Err   error
}

func (e *RunError) Error() string {
	return fmt.Sprintf("sweep: run %d (%s): %v", e.Index, e.Input, e.Err)
}

func (e *RunError) Unwrap() error { return e.Err }

// OptionError is the answer to options no sweep could have.
type OptionError struct {
	Field   string
	Value   any
	Allowed string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("sweep: %s is %v, allowed: %s", e.Field, e.Value, e.Allowed)
}

// workers is how many runs of n go on at once.
func (o Options) workers(n int) (int, error) {
	w := o.Workers
	if w == 0 {
		w = runtime.GOMAXPROCS(0)
	}
	memory := o.Memory
	if o.Each > 0 && memory == 0 {
		memory = Available()
	}
	switch {
	case w < 1 || w > 4096:
		return 0, &OptionError{"Workers", o.Workers, "1 to 4096, or 0 for one for each core"}
	case o.Each < 0:
		return 0, &OptionError{"Each", o.Each, "the bytes of one run, or 0"}
	case o.Memory < 0:
		return 0, &OptionError{"Memory", o.Memory, "the bytes of all runs at once, or 0 for what is free"}
	case o.Each > 0 && memory > 0 && o.Each > memory:
		return 0, &OptionError{"Each", o.Each, fmt.Sprintf("at most %d bytes: one run alone must fit into Memory", memory)}
	case o.Each > 0 && memory > 0:
		w = int(min(int64(w), memory/o.Each))
	}
	return min(w, n), nil
}

// Run calls run once for each input, on several cores, and returns the results
// in the order of the inputs.
//
// If a run fails, those after it are not begun, or are stopped by their
// context; those before it go on, since one of them may fail as well. The error
// is a *[RunError] of the first in order that failed, a panic included: it is
// the same each time. When ctx is done, its error comes back. Results that are
// not there are zero.
func Run[In, Out any](ctx context.Context, in []In, run func(context.Context, In) (Out, error), o Options) ([]Out, error) {
	if run == nil {
		return nil, &OptionError{"run", "nil", "a function"}
	}
	workers, err := o.workers(len(in))
	if err != nil {
		return nil, err
	}
	s := &state{ctx: ctx, most: len(in), stops: map[int]context.CancelFunc{}, start: time.Now(), w: o.Progress}
	out := make([]Out, len(in))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i, ctx := s.next(); i >= 0; i, ctx = s.next() {
				result, err := protect(ctx, in[i], run)
				if err == nil {
					out[i] = result
				}
				s.ended(i, err, len(in), func() string { return fmt.Sprint(in[i]) })
			}
		})
	}
	wg.Wait()
	s.line("\r\033[K")
	if s.failed != nil {
		return out, s.failed
	}
	return out, context.Cause(ctx)
}

// protect makes an error of a panic: one run shall not take the others along.
func protect[In, Out any](ctx context.Context, in In, run func(context.Context, In) (Out, error)) (out Out, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(ctx, in)
}

// state is what the workers share.
type state struct {
	mu     sync.Mutex
	ctx    context.Context
	begun  int
	done   int
	most   int // inputs from here on are not run: one before them failed
	stops  map[int]context.CancelFunc
	failed *RunError
	start  time.Time
	said   time.Time
	w      io.Writer
}

// next is the number of the next run, -1 if there is none.
func (s *state) next() (int, context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun >= s.most || s.ctx.Err() != nil {
		return -1, nil
	}
	i := s.begun
	s.begun++
	ctx, stop := context.WithCancel(s.ctx)
	s.stops[i] = stop
	return i, ctx
}

// ended takes a run's end in. A run that others' failure or the sweep's end has
// stopped did not fail by itself.
func (s *state) ended(i int, err error, n int, input func() string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops[i]()
	delete(s.stops, i)
	s.done++
	stopped := i >= s.most || s.ctx.Err() != nil && errors.Is(err, context.Cause(s.ctx))
	if err != nil && !stopped {
		s.failed, s.most = &RunError{i, input(), err}, i
		for k, stop := range s.stops {
			if k > i {
				stop()
			}
		}
	}
	if now := time.Now(); s.w != nil && now.Sub(s.said) > time.Second/10 {
		s.said = now
		s.line("\r\033[K" + progress(s.done, n, now.Sub(s.start)))
	}
}

func (s *state) line(text string) {
	if s.w != nil {
		io.WriteString(s.w, text)
	}
}

// progress is a line such as "[#####.....] 100 of 200, 12 s left".
func progress(done, n int, took time.Duration) string {
	const wide = 20
	bar := []byte("....................")
	for i := range done * wide / n {
		bar[i] = '#'
	}
	left := took / time.Duration(done) * time.Duration(n-done)
	return fmt.Sprintf("[%s] %d of %d, %v left", bar, done, n, left.Round(time.Second))
}
