//go:build unix

package cell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const supported = true

// Times of an interrupt. A program that wants to clean up after SIGINT has the
// first; then its whole group is killed, and what it still had to say is read for
// the second at most.
const (
	interruptGrace = 300 * time.Millisecond
	outputGrace    = 200 * time.Millisecond
)

// job is a program to run.
type job struct {
	path  string
	args  []string
	dir   string
	pipe  bool   // give it a display pipe
	owner string // of its displays
}

func defaultShell() string {
	if bash, err := exec.LookPath("bash"); err == nil {
		return bash
	}
	return "sh"
}

// killGroup ends a process group at once. Errors mean that it is gone already.
func killGroup(group int) { _ = syscall.Kill(-group, syscall.SIGKILL) }

// start runs a program in a process group of its own, passes on what it shows, and
// waits for its end.
func (e *Engine) start(ctx context.Context, j job, out Output) error {
	cmd := exec.Command(j.path, j.args...)
	cmd.Args[0] = filepath.Base(j.path) // what a usage message names: no temporary folder
	cmd.Dir, cmd.Env = j.dir, append(e.environ(), "PWD="+j.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	marks := &marker{engine: e}
	s, err := newSink(out, marks, e.limits.Text)
	if err != nil {
		return err
	}
	defer s.close()
	cmd.Stdout, cmd.Stderr = s.stdout.w, s.stderr.w
	var show *displayPipe
	if j.pipe {
		if show, err = e.openPipe(s, j.owner); err != nil {
			return err
		}
		defer show.close()
		cmd.Env = append(cmd.Env, "GONB_PIPE="+show.path)
	}
	if j.pipe && e.confine != nil {
		if err := e.confine(cmd); err != nil {
			return err
		}
	}
	if err := cmd.Start(); err != nil {
		return noRoom(err, e.tmp)
	}
	s.began()
	group := cmd.Process.Pid
	guard := e.watch(group)
	defer close(guard.done)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err = e.wait(ctx, group, ended, s, show)
	if syscall.Kill(-group, 0) == nil { // something stays in the background
		e.orphans = append(e.orphans, group)
	}
	if broken := guard.broken.Load(); broken != nil && ctx.Err() == nil {
		return broken
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.exitError(exit.Error(), marks.first)
	}
	return err
}

// wait waits until the program has ended and all that it showed was passed on.
// When ctx ends first, it stops the group.
func (e *Engine) wait(ctx context.Context, group int, ended chan error, s *sink, show *displayPipe) error {
	var err error
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		err = <-ended
		s.readers.Wait()
		if show != nil {
			show.finish()
		}
	}()
	select {
	case <-finished:
		return err
	case <-ctx.Done():
	}
	_ = syscall.Kill(-group, syscall.SIGINT)
	select {
	case <-finished:
	case <-time.After(interruptGrace):
	}
	killGroup(group) // also what ignored the signal while its leader obeyed
	select {
	case <-finished:
	case <-time.After(outputGrace): // a process outside the group holds the pipe
		s.close()
		if show != nil {
			show.close()
		}
	}
	return ctx.Err()
}

// sink passes a program's output on, one piece at a time and in an order that
// holds: what was written to standard output before something on standard error,
// and text that was written before a display, come first.
type sink struct {
	mu             sync.Mutex
	out            Output
	closed         bool  // the cell is over: nothing is shown any more
	shown, most    int64 // bytes of text
	stdout, stderr *stream
	readers        sync.WaitGroup
}

// stream is one of the two standard streams.
type stream struct {
	name string
	r, w *os.File
	raw  syscall.RawConn // of r
	mark *marker         // of standard error
	tail []byte          // the begun character at the end of the last piece
}

func newSink(out Output, marks *marker, most int64) (*sink, error) {
	s := &sink{out: out, most: most}
	for _, name := range []string{"stdout", "stderr"} {
		r, w, err := os.Pipe()
		if err != nil {
			s.close()
			return nil, err
		}
		t := &stream{name: name, r: r, w: w}
		if t.raw, err = r.SyscallConn(); err != nil {
			return nil, err
		}
		if name == "stdout" {
			s.stdout = t
		} else {
			s.stderr, t.mark = t, marks
		}
	}
	return s, nil
}

// began starts reading. The ends for writing now belong to the program alone.
func (s *sink) began() {
	for _, t := range []*stream{s.stdout, s.stderr} {
		t.w.Close()
		s.readers.Go(func() { s.read(t) })
	}
}

func (s *sink) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, t := range []*stream{s.stdout, s.stderr} {
		if t != nil {
			t.r.Close()
			t.w.Close()
		}
	}
}

func (s *sink) read(t *stream) {
	buffer := make([]byte, 64<<10)
	for more := true; more; {
		err := t.raw.Read(func(fd uintptr) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			n, err := syscall.Read(int(fd), buffer)
			switch {
			case err == syscall.EAGAIN:
				return false // wait for more
			case err == syscall.EINTR:
			case err != nil || n == 0:
				more = false
			default:
				if t == s.stderr {
					s.drain(s.stdout)
				}
				s.publish(t, buffer[:n], false)
			}
			return true
		})
		more = more && err == nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t == s.stderr {
		s.drain(s.stdout)
	}
	s.publish(t, nil, true)
}

// drain publishes what waits in a stream. The caller holds the lock. Control, unlike
// Read, does not wait for the reader, which may sleep on the same pipe.
func (s *sink) drain(t *stream) {
	buffer := make([]byte, 64<<10)
	_ = t.raw.Control(func(fd uintptr) {
		for range 16 { // a pipe's full content; a program that goes on writing has to wait
			n, err := syscall.Read(int(fd), buffer)
			if err != nil || n <= 0 {
				return
			}
			s.publish(t, buffer[:n], false)
		}
	})
}

// publish hands text on in whole characters.
func (s *sink) publish(t *stream, data []byte, final bool) {
	if t.mark != nil {
		data = t.mark.filter(data, final)
	}
	data = append(t.tail, data...)
	end := len(data)
	if !final {
		end = validPrefix(data)
	}
	t.tail = append([]byte(nil), data[end:]...)
	if end > 0 {
		s.stream(t.name, string(data[:end]))
	}
}

// stream shows text. The caller holds the lock.
func (s *sink) stream(name, text string) {
	if s.closed || s.shown > s.most {
		return
	}
	if left := s.most - s.shown; int64(len(text)) > left {
		text = text[:validPrefix([]byte(text[:left]))]
		defer s.out.Stream("stderr", fmt.Sprintf("\n[The cell printed more than %s; the rest is not shown.]\n", megabytes(s.most)))
		s.shown = s.most + 1
	}
	s.shown += int64(len(text))
	s.out.Stream(name, text)
}

// displayPipe is the named pipe through which a program sends pictures.
type displayPipe struct {
	path string
	hold *os.File // keeps the pipe open until the program has ended
	r    *os.File
	done chan struct{}
}

func (e *Engine) openPipe(s *sink, owner string) (*displayPipe, error) {
	p := &displayPipe{path: filepath.Join(e.tmp, "display"), done: make(chan struct{})}
	_ = os.Remove(p.path)
	if err := syscall.Mkfifo(p.path, 0o600); err != nil {
		return nil, fmt.Errorf("the display pipe: %w", err)
	}
	// Opened for both directions first: neither opening then waits for the program.
	var err error
	if p.hold, err = os.OpenFile(p.path, os.O_RDWR, 0); err == nil {
		p.r, err = os.Open(p.path)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("the display pipe: %w", err)
	}
	thisRun := map[string]bool{}
	go func() {
		defer close(p.done)
		err := receive(&bounded{p.r, e.limits.Displays, e.limits.Displays}, func(m message) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.drain(s.stdout)
			s.drain(s.stderr)
			if !s.closed {
				s.out.Display(e.display(m, owner, thisRun))
			}
		})
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.stream("stderr", err.Error()+"\n")
		}
	}()
	return p, nil
}

// finish waits until everything that the program sent was shown. With our own end
// for writing closed, the pipe ends where the program's words end.
func (p *displayPipe) finish() {
	p.hold.Close()
	<-p.done
}

func (p *displayPipe) close() {
	for _, f := range []*os.File{p.hold, p.r} {
		if f != nil {
			f.Close()
		}
	}
	_ = os.Remove(p.path)
}
