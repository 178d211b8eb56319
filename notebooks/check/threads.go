package check

import (
	"runtime"
	"sync/atomic"
	"time"
)

const manyThreads = "Your function makes calls from more than one goroutine. On the simulated host a program is one thread: call one function after another, and wait for many descriptors at once with epoll."

// oneThread sees to it that all calls of an answer come from the goroutine that
// it was started on. The simulation has one thread; a second one would tear it
// apart.
type oneThread struct {
	owner   uint64
	count   atomic.Int64 // goroutines after the latest call
	suspect atomic.Bool  // since then there were more
	foreign atomic.Bool  // one of them has made a call
}

func newOneThread() *oneThread {
	o := &oneThread{owner: goroutine()}
	o.leave()
	return o
}

// enter ends a goroutine that is not the answer's own. To ask which one it is
// takes some microseconds, so that is done only when new ones have appeared.
func (o *oneThread) enter() {
	if !o.suspect.Load() {
		if int64(runtime.NumGoroutine()) <= o.count.Load() {
			return
		}
		if o.suspect.Swap(true); goroutine() == o.owner {
			o.letThemCall()
		}
	}
	if goroutine() != o.owner {
		o.foreign.Store(true)
		runtime.Goexit()
	}
}

// letThemCall gives new goroutines a moment of real time: a run takes no more,
// and what is said must not depend on who is first.
func (o *oneThread) letThemCall() {
	for range 50 {
		if o.foreign.Load() || int64(runtime.NumGoroutine()) <= o.count.Load() {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// leave is called before the answer's own code goes on.
func (o *oneThread) leave() { o.count.Store(int64(runtime.NumGoroutine())) }

func (o *oneThread) broken() bool { return o.foreign.Load() }

// goroutine is the number of the calling goroutine, as stack traces have it:
// "goroutine 7 [running]".
func goroutine() (n uint64) {
	const head = len("goroutine ")
	var b [40]byte
	for _, c := range b[head:runtime.Stack(b[:], false)] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}
