package sim

import (
	"iter"
	"runtime"
	"strconv"
)

// Coroutine is a function that can wait in its middle: [Coroutine.Resume] runs
// it until it calls [Coroutine.Park], and the next Resume goes on from there.
// It is how a program that blocks, as in C, lives among events. Control passes
// by a direct switch (package iter), so exactly one side runs, and the order
// is ours, not the scheduler's.
//
// A parked body costs about 3 KB. Stop it when the run is over, or its
// goroutine stays.
type Coroutine struct {
	body     func(c *Coroutine)
	next     func() (struct{}, bool)
	stop     func()
	yield    func(struct{}) bool
	running  bool // the body has control
	stopping bool // Stop was called: Park unwinds
	done     bool
	unwound  int // how often Park has unwound the body
}

// unwind is what Park panics with to end a body from within. A coroutine's
// own address is in it, so that nested coroutines do not catch each other's.
type unwind struct{ c *Coroutine }

// maxUnwound is how often a body may catch the panic that unwinds it and park
// again. Deferred calls do so a few times; a loop that recovers would go on for
// ever.
const maxUnwound = 1000

// NewCoroutine returns a coroutine that has not started. Nothing of it needs
// a Stop until the first Resume.
func NewCoroutine(body func(c *Coroutine)) *Coroutine {
	return &Coroutine{body: body}
}

// Resume runs the body until it parks or ends, and reports whether it is still
// alive. A panic of the body surfaces here with the same value, and so does
// runtime.Goexit, which a test's FailNow and Skip use. Resume of a coroutine
// that is done returns false. A body that resumes itself is a bug.
func (c *Coroutine) Resume() bool {
	if c.done {
		return false
	}
	if c.running {
		panic("sim: Resume of a coroutine that is running")
	}
	if c.next == nil {
		c.next, c.stop = iter.Pull(c.run)
	}
	c.running = true
	_, alive := c.next()
	return alive
}

// run is the body within its frame: the sequence that iter.Pull pulls from.
func (c *Coroutine) run(yield func(struct{}) bool) {
	c.yield = yield
	defer func() {
		c.done, c.running = true, false
		if !c.stopping {
			return // a panic goes on to the caller of Resume
		}
		if p := recover(); p != nil && p != any(unwind{c}) {
			panic(p)
		}
	}()
	c.body(c)
}

// Park gives control back to the caller of Resume until the next Resume. It
// may be called from the body only. When the coroutine is being stopped, Park
// does not return: it unwinds the body, so that its deferred calls run.
func (c *Coroutine) Park() {
	if !c.running {
		panic("sim: Park of a coroutine that is not running")
	}
	if !c.stopping {
		c.running = false
		c.yield(struct{}{})
	}
	if c.stopping {
		if c.unwound++; c.unwound > maxUnwound {
			runtime.Goexit() // which no recover can catch
		}
		panic(unwind{c})
	}
}

// Stop ends the body where it parked, by unwinding it; afterwards no goroutine
// is left. If the body never started it never will. A body that parks again in
// a deferred call unwinds on. A panic of its own in a deferred call surfaces
// here. Stop of a coroutine that is done does nothing.
//
// The unwinding is a panic, so a body can recover from it. It should then
// return. One that keeps recovering and parking is a bug: Stop ends it by
// force, and panics.
func (c *Coroutine) Stop() {
	if c.done {
		return
	}
	if c.running {
		panic("sim: Stop of a coroutine that is running")
	}
	if c.next == nil {
		c.done = true
		return
	}
	c.stopping, c.running = true, true
	defer func() {
		if c.unwound > maxUnwound {
			panic("sim: a coroutine recovered from Stop " + strconv.Itoa(maxUnwound) + " times and parked again")
		}
	}()
	c.stop()
}

// Exit ends the body from within, as if it had been parked there and stopped: it
// does not return, and deferred calls run. It may be called from the body only.
func (c *Coroutine) Exit() {
	if !c.running {
		panic("sim: Exit of a coroutine that is not running")
	}
	c.stopping = true
	panic(unwind{c})
}

// Done reports whether the body has ended.
func (c *Coroutine) Done() bool { return c.done }
