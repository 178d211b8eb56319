// Package steps tells a waiting person what is being done, how far it is and
// how long it has taken.
//
// On a terminal the running step rewrites its own line; elsewhere (a log, a
// pipe) it prints a line when it starts, one every ten seconds, and one at the
// end. A step that takes less than two seconds shows no time at all.
package steps

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	tickTTY   = 200 * time.Millisecond // redraw on a terminal
	tickLog   = 10 * time.Second       // a sign of life elsewhere
	showAfter = 2 * time.Second        // a time shorter than this is not worth reading
)

// Log is where steps are shown. Its methods may be called from several
// goroutines; one step runs at a time.
type Log struct {
	mu  sync.Mutex
	w   io.Writer
	tty bool
}

// New returns a Log on w. It redraws lines in place when w is a terminal.
func New(w io.Writer) *Log {
	l := &Log{w: w}
	if f, ok := w.(*os.File); ok {
		fi, err := f.Stat()
		l.tty = err == nil && fi.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	}
	return l
}

// Say prints one line.
func (l *Log) Say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format+"\n", args...)
}

// Step is something under way.
type Step struct {
	l       *Log
	title   string
	note    string
	started time.Time
	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

// Start begins a step; end it with Done or Fail.
func (l *Log) Start(title string) *Step {
	s := &Step{l: l, title: title, started: time.Now(), stop: make(chan struct{})}
	l.mu.Lock()
	if l.tty {
		fmt.Fprintf(l.w, "%s …", title)
	} else {
		fmt.Fprintf(l.w, "%s …\n", title)
	}
	l.mu.Unlock()
	s.stopped.Add(1)
	go s.tick()
	return s
}

// tick shows the step's note and time until the step ends.
func (s *Step) tick() {
	defer s.stopped.Done()
	every := tickLog
	if s.l.tty {
		every = tickTTY
	}
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			s.show()
		}
	}
}

func (s *Step) show() {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	line := s.title + " …"
	if s.note != "" {
		line += " " + s.note
	}
	line += took(time.Since(s.started))
	if s.l.tty {
		// Without wrapping: a wrapped line could not be taken back.
		fmt.Fprintf(s.l.w, "\r\x1b[K\x1b[?7l%s\x1b[?7h", line)
	} else {
		fmt.Fprintln(s.l.w, line)
	}
}

// Note says how far the step is, such as "34 of 90 packages".
func (s *Step) Note(format string, args ...any) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	s.note = fmt.Sprintf(format, args...)
}

// Done ends the step with a word on its outcome.
func (s *Step) Done(outcome string) { s.end(outcome) }

// Fail ends the step as not done; why is for the caller to print. It does
// nothing after Done, so that it can be deferred.
func (s *Step) Fail() { s.end("not done") }

func (s *Step) end(outcome string) {
	s.once.Do(func() {
		close(s.stop)
		s.stopped.Wait()
		s.l.mu.Lock()
		defer s.l.mu.Unlock()
		if s.l.tty {
			fmt.Fprint(s.l.w, "\r\x1b[K")
		}
		fmt.Fprintf(s.l.w, "%s: %s%s\n", s.title, outcome, took(time.Since(s.started)))
	})
}

// took writes a duration to read beside a step: nothing below two seconds,
// whole seconds above.
func took(d time.Duration) string {
	if d < showAfter {
		return ""
	}
	return fmt.Sprintf(" (%d s)", int(d.Seconds()))
}
