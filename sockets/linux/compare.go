package linux

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"socketbook/sockets"
)

// Program is a program for either kernel. It makes its calls through k, and
// must not know which kernel it has.
type Program func(k *Kernel)

// Compare runs a program on the simulated host and on the real kernel, and
// puts the answers of both side by side.
func Compare(program Program) *Table {
	t := &Table{}
	sim := Run(Simulated(), program)
	host, err := Open()
	if err != nil {
		t.Err = err
		t.merge(sim, nil)
		return t
	}
	t.Note = note(host)
	t.merge(sim, Run(host, program))
	return t
}

// Run runs a program on one host, closes the host, and gives the calls with
// their answers, in the order in which they began.
func Run(h Host, program Program) []Answer {
	defer h.Close()
	k := &Kernel{host: h, log: newSpeller(h)}
	k.Proc = k.Process("program")
	program(k)
	k.log.mu.Lock()
	defer k.log.mu.Unlock()
	return slices.Clone(k.log.answers) // a thread may still be at work
}

// Kernel is the kernel a [Program] runs on, with a first process, whose calls
// are its methods. After each call everything under way arrives before the
// next, so that both kernels have come as far.
type Kernel struct {
	*Proc
	host Host
	log  *speller
}

// Addr is 127.0.0.1 with a port for the program to use.
func (k *Kernel) Addr(port uint16) sockets.SockAddr { return k.log.addr(k.host, port) }

// Process makes another process, of root.
func (k *Kernel) Process(name string) *Proc { return k.ProcessOf(name, 0) }

// ProcessOf makes another process, of a user.
func (k *Kernel) ProcessOf(name string, uid int) *Proc {
	p, err := k.host.Process(name, uid)
	track := k.log.track(name)
	if err != nil {
		k.log.note(track, fmt.Sprintf("process %q of user %d", name, uid), errorText(err))
		p = nobody()
	}
	return k.proc(p, track)
}

func (k *Kernel) proc(p Process, track string) *Proc {
	return &Proc{recorder: recorder{calls: p, log: k.log, track: track, settle: k.host.Settle, stop: p.Exit}, k: k, p: p}
}

// SetSysctl changes a setting of the kernel.
func (k *Kernel) SetSysctl(key, value string) error {
	err := k.host.SetSysctl(key, value)
	k.log.note(k.track, fmt.Sprintf("sysctl -w %s=%q", key, value), errorText(err))
	return err
}

// Pass lets time pass on the host: virtual time on the simulated one.
func (k *Kernel) Pass(d time.Duration) { k.host.Pass(d) }

// Proc is a process of a [Program]: its methods are the system calls.
type Proc struct {
	recorder
	k *Kernel
	p Process
}

var _ sockets.Calls = (*Proc)(nil)

// Fork makes a child with a copy of the descriptor table: fork(2).
func (p *Proc) Fork(name string) *Proc {
	c, err := p.p.Fork(name)
	p.log.note(p.track, fmt.Sprintf("fork() as %q", name), errorText(err))
	if err != nil {
		c = nobody()
	}
	return p.k.proc(c, p.log.track(name))
}

// Go runs f on another thread of the process. Its calls may block while the
// process goes on. wait waits for its end, for five seconds at most, and
// reports whether it has come.
func (p *Proc) Go(f func(k sockets.Calls)) (wait func() bool) {
	r := &recorder{log: p.log, track: p.log.track(p.track + " thread"), settle: func() {}, stop: func() {}}
	ended, err := p.p.Start(func(k sockets.Calls) {
		r.calls = k
		f(r)
	})
	if err != nil {
		p.log.note(r.track, "start", errorText(err))
		return func() bool { return false }
	}
	return func() bool { return ended(patience) }
}

// patience is how long a call of a program may block. Then its process ends: a
// lesson that hangs is worse than one that says so.
var patience = 5 * time.Second

// Exit ends the process.
func (p *Proc) Exit() {
	p.p.Exit()
	p.log.note(p.track, "exit()", "0")
	p.settle()
}

// Answer is one call of a program and what the kernel answered, in the words
// of strace.
type Answer struct {
	Process string // which process or thread made it
	Call    string // bind(3, 127.0.0.1:80)
	Text    string // 0, EADDRINUSE, 5 "hello"; Blocked
}

// Blocked is the text of an answer that does not come, or not within five
// seconds. Its process has ended then.
const Blocked = "blocks"

func errorText(err error) string {
	var e sockets.Errno
	var stuck *sockets.StuckError
	var late *WaitError
	switch {
	case err == nil:
		return "0"
	case errors.As(err, &e):
		return e.Name()
	case errors.As(err, &stuck), errors.As(err, &late):
		return Blocked
	}
	return err.Error()
}

// WaitError says that a call has not returned in time. Its process is gone.
type WaitError struct {
	Call  string
	Limit time.Duration
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("sockets/linux: %s has not returned for %v, and its process was ended", e.Call, e.Limit)
}

// speller keeps a run's answers, and spells ports so that they are the same on
// both kernels.
type speller struct {
	mu      sync.Mutex
	answers []Answer
	tracks  map[string]int
	asked   map[uint16]string // ports that the program has named
	chosen  map[uint16]string // ports that the kernel has chosen
	now     func() time.Duration
}

func newSpeller(h Host) *speller {
	s := &speller{tracks: map[string]int{}, asked: map[uint16]string{0: "0"}, chosen: map[uint16]string{}}
	start := time.Now()
	s.now = func() time.Duration { return time.Since(start) }
	if sim, ok := h.(*simHost); ok {
		s.now = sim.now
	}
	return s
}

// begin writes a call down. Until it ends it blocks.
func (s *speller) begin(track, call string) (row int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, Answer{track, call, Blocked})
	return len(s.answers) - 1
}

func (s *speller) end(row int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[row].Text = text
}

func (s *speller) note(track, call, text string) { s.end(s.begin(track, call), text) }

// track is a name for a process or thread that no other has.
func (s *speller) track(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracks[name]++
	if n := s.tracks[name]; n > 1 {
		return fmt.Sprintf("%s %d", name, n)
	}
	return name
}

func (s *speller) addr(h Host, port uint16) sockets.SockAddr {
	a := h.Addr(port)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[a.Port] = fmt.Sprint(port) // a stand-in shows as what it stands for
	return a
}

// spell writes an address. A port the kernel chose is p1, p2 and so on, in the
// order of first sight: which it chooses is its secret.
func (s *speller) spell(a sockets.SockAddr, byProgram bool) string {
	text := a.String()
	i := strings.LastIndexByte(text, ':')
	if a.Family != sockets.AF_INET && a.Family != sockets.AF_INET6 || i < 0 {
		return text
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name, ok := s.asked[a.Port]
	if !ok {
		name, ok = s.chosen[a.Port]
	}
	switch {
	case ok:
	case byProgram:
		name = fmt.Sprint(a.Port)
		s.asked[a.Port] = name
	default:
		name = fmt.Sprintf("p%d", len(s.chosen)+1)
		s.chosen[a.Port] = name
	}
	return text[:i+1] + name
}
