package sim

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Two coroutines and the caller take turns exactly as they pass control.
func TestCoroutineOrder(t *testing.T) {
	var tape []string
	say := func(s string) { tape = append(tape, s) }
	program := func(name string) *Coroutine {
		return NewCoroutine(func(c *Coroutine) {
			say(name + "1")
			c.Park()
			say(name + "2")
			c.Park()
			say(name + "3")
		})
	}
	a, b := program("a"), program("b")
	say("start")
	for _, c := range []*Coroutine{a, b, b, a} {
		if !c.Resume() {
			t.Error("a parked body is reported as ended")
		}
	}
	if a.Done() {
		t.Error("a is done while parked")
	}
	if a.Resume() || !a.Done() {
		t.Error("a body that ended is reported as alive")
	}
	if a.Resume() {
		t.Error("Resume of an ended coroutine returns true")
	}
	b.Stop()
	want := []string{"start", "a1", "b1", "b2", "a2", "a3"}
	if !slices.Equal(tape, want) {
		t.Errorf("order is %v, want %v", tape, want)
	}
}

// A coroutine that runs another one, as a program that starts a program.
func TestCoroutineNested(t *testing.T) {
	var tape []int
	inner := NewCoroutine(func(c *Coroutine) {
		tape = append(tape, 1)
		c.Park()
		tape = append(tape, 3)
	})
	outer := NewCoroutine(func(c *Coroutine) {
		inner.Resume()
		c.Park()
		tape = append(tape, 2)
		inner.Resume()
	})
	outer.Resume()
	outer.Resume()
	if !outer.Done() || !inner.Done() || !slices.Equal(tape, []int{1, 2, 3}) {
		t.Errorf("tape is %v, outer done %v, inner done %v", tape, outer.Done(), inner.Done())
	}
}

func TestCoroutinePanicSurfaces(t *testing.T) {
	problem := errors.New("the body's own")
	c := NewCoroutine(func(c *Coroutine) {
		c.Park()
		panic(problem)
	})
	c.Resume()
	if got := caught(func() { c.Resume() }); got != any(problem) {
		t.Errorf("Resume panicked with %v, want %v", got, problem)
	}
	if !c.Done() || c.Resume() {
		t.Error("the coroutine lives on after its panic")
	}
	c.Stop() // nothing left to do
}

// FailNow and Skip of a test leave by runtime.Goexit; within a program they
// must end the test, not only the program.
func TestCoroutineGoexitSurfaces(t *testing.T) {
	c := NewCoroutine(func(c *Coroutine) { runtime.Goexit() })
	if !exits(func() { c.Resume() }) {
		t.Error("Resume returned after runtime.Goexit in the body")
	}
	if !c.Done() {
		t.Error("the coroutine is not done after runtime.Goexit")
	}
}

func TestCoroutineStopRunsDeferredCalls(t *testing.T) {
	var tape []string
	c := NewCoroutine(func(c *Coroutine) {
		defer func() { tape = append(tape, "outer") }()
		func() {
			defer func() { tape = append(tape, "inner") }()
			c.Park()
			tape = append(tape, "not reached")
		}()
	})
	c.Resume()
	c.Stop()
	c.Stop()
	if !c.Done() || !slices.Equal(tape, []string{"inner", "outer"}) {
		t.Errorf("done is %v, tape is %v", c.Done(), tape)
	}
}

func TestCoroutineStopBeforeStart(t *testing.T) {
	ran := false
	c := NewCoroutine(func(c *Coroutine) { ran = true })
	c.Stop()
	if !c.Done() || c.Resume() || ran {
		t.Errorf("done is %v, the body ran: %v", c.Done(), ran)
	}
}

// A deferred call that waits, as a program that closes politely, is unwound on.
func TestCoroutineParkWhileUnwinding(t *testing.T) {
	var tape []string
	c := NewCoroutine(func(c *Coroutine) {
		defer func() { tape = append(tape, "last") }()
		for range 3 {
			defer func() {
				tape = append(tape, "park")
				c.Park()
				tape = append(tape, "not reached")
			}()
		}
		c.Park()
	})
	c.Resume()
	c.Stop()
	if !c.Done() || !slices.Equal(tape, []string{"park", "park", "park", "last"}) {
		t.Errorf("done is %v, tape is %v", c.Done(), tape)
	}
}

// A body may recover from the unwinding and return.
func TestCoroutineRecoverFromStop(t *testing.T) {
	c := NewCoroutine(func(c *Coroutine) {
		defer func() { recover() }()
		c.Park()
	})
	c.Resume()
	c.Stop()
	if !c.Done() {
		t.Error("the coroutine is not done")
	}
}

// One that recovers and parks for ever is ended all the same, and blamed.
func TestCoroutineRecoverLoop(t *testing.T) {
	before := runtime.NumGoroutine()
	c := NewCoroutine(func(c *Coroutine) {
		for {
			func() {
				defer func() { recover() }()
				c.Park()
			}()
		}
	})
	var got any
	exits(func() {
		defer func() { got = recover() }()
		c.Resume()
		c.Stop()
	})
	if s, _ := got.(string); !strings.Contains(s, "recovered from Stop 1000 times") {
		t.Errorf("Stop panicked with %v", got)
	}
	if !c.Done() {
		t.Error("the coroutine is not done")
	}
	wantGoroutines(t, before)
}

func TestCoroutinePanicWhileUnwinding(t *testing.T) {
	c := NewCoroutine(func(c *Coroutine) {
		defer func() { panic("own trouble") }()
		c.Park()
	})
	c.Resume()
	if got := caught(c.Stop); got != "own trouble" {
		t.Errorf("Stop panicked with %v, want the body's own panic", got)
	}
	if !c.Done() {
		t.Error("the coroutine is not done")
	}
}

// Stopping a coroutine that another one's body holds must not catch the
// other's unwinding.
func TestCoroutineStopNested(t *testing.T) {
	inner := NewCoroutine(func(c *Coroutine) { c.Park() })
	outer := NewCoroutine(func(c *Coroutine) {
		defer inner.Stop()
		inner.Resume()
		c.Park()
	})
	outer.Resume()
	outer.Stop()
	if !outer.Done() || !inner.Done() {
		t.Errorf("outer done %v, inner done %v", outer.Done(), inner.Done())
	}
}

func TestCoroutineMisuse(t *testing.T) {
	parked := NewCoroutine(func(c *Coroutine) { c.Park() })
	parked.Resume()
	defer parked.Stop()
	ended := NewCoroutine(func(c *Coroutine) {})
	ended.Resume()
	self := func(f func(c *Coroutine)) func() {
		return func() { NewCoroutine(f).Resume() }
	}
	for _, test := range []struct {
		desc string
		do   func()
		want string
	}{
		{"park from outside", parked.Park, "Park of a coroutine that is not running"},
		{"park after the end", ended.Park, "Park of a coroutine that is not running"},
		{"resume itself", self(func(c *Coroutine) { c.Resume() }), "Resume of a coroutine that is running"},
		{"stop itself", self(func(c *Coroutine) { c.Stop() }), "Stop of a coroutine that is running"},
	} {
		if got := fmt.Sprint(caught(test.do)); !strings.Contains(got, test.want) {
			t.Errorf("%s: panic %q, want %q", test.desc, got, test.want)
		}
	}
}

// Parked, ended, failed or stopped: after Stop no goroutine is left.
func TestCoroutineLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	var all []*Coroutine
	for i := range 400 {
		c := NewCoroutine(func(c *Coroutine) {
			if i%4 == 2 {
				panic(i)
			}
			for i%4 == 1 {
				c.Park()
			}
		})
		all = append(all, c)
		if i%4 != 3 {
			caught(func() { c.Resume() })
		}
	}
	for _, c := range all {
		c.Stop()
	}
	wantGoroutines(t, before)
}

// wantGoroutines waits until the runtime has buried goroutines that ended: a
// count may still include them for a moment.
func wantGoroutines(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if runtime.NumGoroutine() <= want {
			return
		}
	}
	t.Errorf("%d goroutines, want %d", runtime.NumGoroutine(), want)
}

// caught returns what f panicked with.
func caught(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// exits runs f on a goroutine and reports whether it left by runtime.Goexit.
func exits(f func()) bool {
	left := make(chan bool)
	go func() {
		returned := false
		defer func() { left <- !returned }()
		f()
		returned = true
	}()
	return <-left
}

// Exit ends a body from within: nothing after it runs but what was deferred.
func TestCoroutineExit(t *testing.T) {
	var steps []string
	c := NewCoroutine(func(c *Coroutine) {
		defer func() { steps = append(steps, "deferred") }()
		c.Park()
		steps = append(steps, "resumed")
		c.Exit()
		steps = append(steps, "after")
	})
	if !c.Resume() || c.Resume() || !c.Done() {
		t.Error("a body that exits on its second turn is alive after the first and done after the second")
	}
	if want := []string{"resumed", "deferred"}; !slices.Equal(steps, want) {
		t.Errorf("want %v, got %v", want, steps)
	}
	c.Stop() // of one that is done does nothing
}
