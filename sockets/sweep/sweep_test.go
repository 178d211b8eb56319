package sweep

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Results stand in the order of the inputs, whichever run ends first.
func TestResultsInOrder(t *testing.T) {
	const n = 8
	var gates [n]chan struct{}
	for i := range gates {
		gates[i] = make(chan struct{})
	}
	close(gates[n-1])
	got, err := Run(context.Background(), Seeds(0, n), func(_ context.Context, seed uint64) (string, error) {
		<-gates[seed]
		if seed > 0 {
			close(gates[seed-1]) // the last one ends first
		}
		return fmt.Sprint("run ", seed), nil
	}, Options{Workers: n})
	want := []string{"run 0", "run 1", "run 2", "run 3", "run 4", "run 5", "run 6", "run 7"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("want %q, got %q, %v", want, got, err)
	}
	if got, err := Run(context.Background(), nil, func(context.Context, int) (int, error) { return 0, nil }, Options{}); err != nil || len(got) != 0 {
		t.Errorf("a sweep over nothing has no results and no error: %v, %v", got, err)
	}
}

// As many runs at once as there are workers, and no more; fewer if they would
// not fit into memory.
func TestWorkers(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want int64
	}{{Options{Workers: 3}, 3}, {Options{Workers: 1}, 1}, {Options{Workers: 8, Each: 100, Memory: 250}, 2},
		{Options{Workers: 4, Memory: 1}, 4}} {
		var now, most atomic.Int64
		var all sync.WaitGroup
		all.Add(int(c.want))
		_, err := Run(context.Background(), Seeds(1, 40), func(_ context.Context, seed uint64) (int, error) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if seed <= uint64(c.want) { // they wait for each other: they do go on at once
				all.Done()
				all.Wait()
			}
			now.Add(-1)
			return 0, nil
		}, c.o)
		if err != nil || most.Load() != c.want {
			t.Errorf("%+v: %d runs at once, want %d (%v)", c.o, most.Load(), c.want, err)
		}
	}
}

// Of several runs that fail the first in order is told, always; those behind
// it are not begun or are stopped, those before it end.
func TestFirstFailureInOrder(t *testing.T) {
	boom := errors.New("boom")
	for range 20 {
		fourFailed := make(chan struct{})
		var begun atomic.Int64
		out, err := Run(context.Background(), Seeds(0, 1000), func(ctx context.Context, seed uint64) (uint64, error) {
			begun.Add(1)
			switch seed {
			case 2: // fails after 4 did
				<-fourFailed
				return 0, boom
			case 4:
				close(fourFailed)
				return 0, errors.New("the second in order")
			case 3, 5: // would run on, if it were let
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return seed + 100, nil
		}, Options{Workers: 4})
		var e *RunError
		if !errors.As(err, &e) || e.Index != 2 || !errors.Is(err, boom) || err.Error() != "sweep: run 2 (2): boom" {
			t.Fatalf("run 2 is the first in order that failed: %v", err)
		}
		if out[0] != 100 || out[1] != 101 || out[2] != 0 {
			t.Errorf("those before it have results: %v", out[:3])
		}
		if n := begun.Load(); n > 10 {
			t.Errorf("%d runs were begun after one had failed", n)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	_, err := Run(context.Background(), []string{"a", "b"}, func(_ context.Context, s string) (int, error) {
		if s == "b" {
			panic("no such socket")
		}
		return 0, nil
	}, Options{})
	if err == nil || !strings.Contains(err.Error(), "run 1 (b): panic: no such socket") || !strings.Contains(err.Error(), "sweep_test.go") {
		t.Errorf("a panic is the run's error, with its place: %v", err)
	}
}

// A context ends the sweep at once, and its reason comes back.
func TestContextEnds(t *testing.T) {
	reason := errors.New("enough")
	ctx, stop := context.WithCancelCause(context.Background())
	var begun atomic.Int64
	_, err := Run(ctx, Seeds(0, 1000), func(ctx context.Context, _ uint64) (int, error) {
		if begun.Add(1) == 2 {
			stop(reason)
		}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}, Options{Workers: 2})
	if err != reason || begun.Load() != 2 {
		t.Errorf("two runs were begun and stopped: %d, %v", begun.Load(), err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	ok := func(context.Context, int) (int, error) { return 0, nil }
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Workers: -1}, "Workers is -1, allowed: 1 to 4096"},
		{Options{Workers: 5000}, "Workers is 5000"},
		{Options{Each: -1}, "Each is -1"},
		{Options{Memory: -1}, "Memory is -1"},
		{Options{Each: 10, Memory: 9}, "Each is 10, allowed: at most 9 bytes"},
	} {
		_, err := Run(context.Background(), []int{1}, ok, c.o)
		var e *OptionError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
	if _, err := Run[int, int](context.Background(), []int{1}, nil, Options{}); err == nil {
		t.Error("a sweep needs a function")
	}
}

func TestProgress(t *testing.T) {
	if got, want := progress(100, 200, 12*time.Second), "[##########..........] 100 of 200, 12s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var b strings.Builder
	Run(context.Background(), []int{1, 2, 3}, func(context.Context, int) (int, error) { return 0, nil }, Options{Progress: &b})
	if got := b.String(); !strings.Contains(got, "1 of 3") || !strings.HasSuffix(got, "\r\033[K") {
		t.Errorf("the line is written, and wiped at the end: %q", got)
	}
}

func TestAvailable(t *testing.T) {
	if got := meminfo([]byte("MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable:   20 kB\n")); got != 20<<10 {
		t.Errorf("20 kB are available, got %d", got)
	}
	if meminfo(nil) != 0 || meminfo([]byte("MemAvailable:")) != 0 {
		t.Error("what is not told is 0")
	}
	if got := Available(); got < 1<<20 && runtime.GOOS == "linux" || got < 0 {
		t.Errorf("a machine that runs this has more than %d bytes", got)
	}
}
