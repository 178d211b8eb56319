package script

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// Options of a run. The zero value runs a story on a fresh simulated host.
type Options struct {
	Name string // of the story, for errors; default "story"
	Seed uint64 // of the simulated network
	// Open makes the kernel that the story runs on; default [Simulated].
	Open func(Setup) (Kernel, error)
}

// Report is what happened in a run.
type Report struct {
	Story *Story
	Done  []Done        // step by step, up to the end or the failure
	Tape  *sockets.Tape // of the simulated network; nil on another kernel
}

// Done is a step that is done.
type Done struct {
	Line int // of the story
	At   time.Duration
	Text string // the call with its answer as in strace, the packet as in tcpdump
}

// String is what happened, with times as tcpdump -ttttt prints them.
func (r *Report) String() string {
	var b strings.Builder
	for _, d := range r.Done {
		fmt.Fprintf(&b, "%d.%06d %s\n", d.At/time.Second, d.At%time.Second/time.Microsecond, d.Text)
	}
	return b.String()
}

// Failure says which expectation of a story was not met, and what came instead.
type Failure struct {
	Name string
	Line int
	Why  string // in words
	Want string // the story's step
	Got  string // what came, "" for nothing
	Tail string // the last lines of the tape
}

func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s\n  want  %s", f.Name, f.Line, f.Why, f.Want)
	if f.Got != "" {
		fmt.Fprintf(&b, "\n  got   %s", f.Got)
	}
	if f.Tail != "" {
		fmt.Fprintf(&b, "\nthe tape's last lines:\n%s", strings.TrimRight(f.Tail, "\n"))
	}
	return b.String()
}

// Run parses a story and runs it. The error is a *[SyntaxError] if the text is
// no story, a *[Failure] if something else happened than it says, or the
// kernel's own. The report is never nil.
func Run(text string, o Options) (*Report, error) {
	if o.Name == "" {
		o.Name = "story"
	}
	r := &Report{}
	st, err := Parse(o.Name, text)
	if err != nil {
		return r, err
	}
	return st.Run(o)
}

// Run runs a story that is parsed already. o.Name is not used.
func (st *Story) Run(o Options) (*Report, error) {
	e := &engine{story: st, report: &Report{Story: st}, slack: defaultSlack}
	e.isn = defaultISN
	setup := Setup{MTU: 1500, Seed: o.Seed}
	for _, l := range st.Lines {
		if s, ok := l.Step.(*Setting); ok {
			e.set(s, &setup)
		}
	}
	if o.Open == nil {
		o.Open = Simulated
	}
	k, err := o.Open(setup)
	if err != nil {
		return e.report, err
	}
	defer k.Close()
	if s, ok := k.(interface{ Network() *sockets.Network }); ok {
		e.report.Tape = s.Network().Tape()
	}
	e.kernel = k
	e.host, e.peer = k.Ends()
	e.start = k.Now()
	e.base = e.start
	return e.report, e.run()
}

const (
	defaultSlack = 10 * time.Millisecond
	defaultISN   = 1000
	patience     = 20 * time.Second // with any
	lines        = 12               // of the tape, in a failure
)

// set takes a setting.
func (e *engine) set(s *Setting, setup *Setup) {
	switch s.Name {
	case "tolerance":
		e.slack = s.Time
	case "isn":
		e.isn = uint32(s.N)
	case "mtu":
		setup.MTU = int(s.N)
	case "ipv6":
		setup.IPv6 = true
	case "limit":
		if l := limits[s.Key]; l.time != nil {
			*l.time(&setup.Limits) = s.Time
		} else {
			*l.number(&setup.Limits) = int(s.N)
		}
	}
}

// run runs every line, and looks at the end whether more came than was
// expected.
func (e *engine) run() error {
	for i := range e.story.Lines {
		l := &e.story.Lines[i]
		if _, setting := l.Step.(*Setting); l.Step == nil || setting {
			continue
		}
		e.line = l
		if err := e.step(l.When, l.Step); err != nil {
			return e.failed(err)
		}
	}
	if e.line == nil {
		return nil
	}
	if err := e.kernel.Wait(e.kernel.Now()+time.Millisecond, never); err != nil {
		return err
	}
	if p, at := e.kernel.Receive(); p != nil {
		got, _ := e.read(p)
		return e.failed(&Failure{Why: "the host sent more than the story says", Want: "nothing after this line", Got: e.timed(got.brief(), at)})
	}
	return nil
}

func never() bool { return false }

// failed completes a failure.
func (e *engine) failed(err error) error {
	var f *Failure
	if !errors.As(err, &f) {
		return fmt.Errorf("%s:%d: %w", e.story.Name, e.line.No, err)
	}
	f.Name, f.Line = e.story.Name, e.line.No
	if f.Want == "" {
		f.Want = e.line.String()
	}
	f.Tail = e.kernel.Tail(lines)
	return f
}

// engine is a story being run.
type engine struct {
	story  *Story
	kernel Kernel
	report *Report
	world
	slack time.Duration // how far beside its time a step may be
	start time.Duration // of the story
	base  time.Duration // when the step before was done
	line  *Line         // the present one
	open  []*running    // calls that sleep
}

// running is a call under way.
type running struct {
	name   string
	call   *Call
	answer answer
	ended  func() (time.Duration, bool)
}

// span is when a step may be done.
func (e *engine) span(w When) (lo, hi, slack time.Duration) {
	slack = e.slack
	if w.Slack != 0 {
		slack = w.Slack
	}
	lo = e.base
	switch w.Kind {
	case Any:
		return lo, lo + patience, slack
	case At:
		lo = e.start
	}
	return lo + w.From, lo + w.To, slack
}

// latest is when a step is overdue.
func (e *engine) latest(w When) time.Duration {
	_, hi, slack := e.span(w)
	return hi + slack + e.kernel.Late(hi-e.base)
}

// timely says what is wrong with a time, nil if nothing is.
func (e *engine) timely(w When, at time.Duration) error {
	lo, hi, slack := e.span(w)
	// The step before may have been noted late, as this one may.
	if at >= lo-slack-e.kernel.Late(0) && at <= e.latest(w) {
		return nil
	}
	want := appendSeconds(nil, lo-e.start)
	if hi != lo {
		want = appendSeconds(append(want, " to "...), hi-e.start)
	}
	return &Failure{Why: fmt.Sprintf("at %s s, want %s s, give or take %s", appendSeconds(nil, at-e.start), want, appendSeconds(nil, slack))}
}

// timed is what came, with its time.
func (e *engine) timed(text string, at time.Duration) string {
	return fmt.Sprintf("%s  (at %s s)", text, appendSeconds(nil, at-e.start))
}

// done notes a step.
func (e *engine) done(at time.Duration, text string) {
	e.base = at
	e.report.Done = append(e.report.Done, Done{e.line.No, at - e.start, text})
}

// step does one step.
func (e *engine) step(w When, s Step) error {
	switch s := s.(type) {
	case *Call:
		return e.call(w, s)
	case *Resumed:
		return e.resumed(w, s)
	case *Packet:
		if s.Out {
			return e.expect(w, s)
		}
		return e.inject(w, s)
	case *Quiet:
		return e.quiet(w)
	case *Given:
		return e.given(w, s)
	}
	return e.check(w, s)
}

// given does the steps that a Given stands for.
func (e *engine) given(w When, g *Given) error {
	st, err := Parse("given", g.text(e.host.Is6()))
	if err != nil {
		return err
	}
	for i, l := range st.Lines {
		if i > 0 {
			w = l.When
		}
		if err := e.step(w, l.Step); err != nil {
			var f *Failure
			if errors.As(err, &f) && f.Want == "" {
				f.Want = l.String()
			}
			return err
		}
	}
	return nil
}

// text is what a Given stands for.
func (g *Given) text(six bool) string {
	win, options, stamps, rtt := "32792", "[mss 1000]", "", ""
	if g.RTT != 0 {
		rtt = string(appendSeconds([]byte{'+'}, g.RTT)) + " "
	}
	if g.Packet.Win.Set {
		win = fmt.Sprint(g.Packet.Win.N)
	}
	if g.Packet.HasOptions {
		options = string(appendOptions(nil, g.Packet.Options))
	}
	for _, o := range g.Packet.Options {
		if o.Kind == "TS" {
			stamps = ", options [nop,nop,TS val any ecr any]"
		}
	}
	listener := "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\nbind(3, 0.0.0.0:80) = 0\nlisten(3, 5) = 0\n"
	client := "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3\nconnect(3, 10.0.0.2:80) <unfinished ...>\n"
	if six {
		listener = strings.NewReplacer("AF_INET", "AF_INET6", "0.0.0.0", "[::]").Replace(listener)
		client = strings.NewReplacer("AF_INET", "AF_INET6", "10.0.0.2", "[2001:db8::2]").Replace(client)
	}
	switch g.What {
	case "listener":
		return listener
	case "server":
		return listener + "< [S], seq 0, win " + win + ", options " + options + "\n> [S.], seq 0, ack 1\n" + rtt + "< [.], seq 1, ack 1, win " + win + stamps + "\naccept4(3, ..., 0) = 4\n"
	}
	return client + "> [S], seq 0\n" + rtt + "< [S.], seq 0, ack 1, win " + win + ", options " + options + "\n> [.], seq 1, ack 1\n<... connect resumed> = 0\n"
}
