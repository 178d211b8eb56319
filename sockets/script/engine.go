package script

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// The steps, as they are done.

// call makes a system call. One that is not left unfinished must answer at
// once: within the tolerance.
func (e *engine) call(w When, c *Call) error {
	lo, _, slack := e.span(w)
	if err := e.kernel.Wait(lo, never); err != nil {
		return err
	}
	do, bad := c.bind()
	if bad != nil {
		return errors.New("script: " + c.Name + ": allowed: " + bad.allowed)
	}
	r := &running{name: c.Name, call: c}
	var err error
	if r.ended, err = e.kernel.Start(func(k sockets.Calls) { do(k, &r.answer) }); err != nil {
		return err
	}
	if c.Unfinished {
		e.open = append(e.open, r)
		e.done(e.kernel.Now(), string(c.append(nil)))
		return nil
	}
	if err := e.kernel.Wait(e.kernel.Now()+slack+e.kernel.Late(5*time.Second), r.over); err != nil {
		return err
	}
	at, ok := r.ended()
	if !ok {
		return &Failure{Why: "the call sleeps, and the story says that it answers at once (else it is <unfinished ...>)"}
	}
	return e.compare(r, c.Result, at, false)
}

func (r *running) over() bool { _, ok := r.ended(); return ok }

// resumed waits for the end of a call that was left unfinished: of those with
// its name, the first that began.
func (e *engine) resumed(w When, s *Resumed) error {
	for i, r := range e.open {
		if r.name != s.Name {
			continue
		}
		if err := e.kernel.Wait(e.latest(w), r.over); err != nil {
			return err
		}
		at, ok := r.ended()
		if !ok {
			return &Failure{Why: "the call still sleeps", Got: e.timed("nothing", e.kernel.Now())}
		}
		if err := e.timely(w, at); err != nil {
			err.(*Failure).Got = e.timed(r.text(true), at)
			return err
		}
		e.open = append(e.open[:i], e.open[i+1:]...)
		return e.compare(r, s.Result, at, true)
	}
	return &Failure{Why: "no call of that name is unfinished"}
}

// compare holds an answer against what the story says.
func (e *engine) compare(r *running, want Result, at time.Duration, resumed bool) error {
	a := &r.answer
	fail := func(why string) error { return &Failure{Why: why, Got: e.timed(r.text(resumed), at)} }
	var errno sockets.Errno
	if a.err != nil && !errors.As(a.err, &errno) {
		return fail(a.err.Error())
	}
	switch {
	case want.Any:
	case errno != want.Errno && errno == 0:
		return fail("it answers " + fmt.Sprint(a.n) + ", want " + want.Errno.Name())
	case errno != want.Errno:
		return fail("it answers " + errno.Error())
	case errno == 0 && int64(a.n) != want.N:
		return fail(fmt.Sprintf("it answers %d, want %d", a.n, want.N))
	case a.wrong != "":
		return fail(a.wrong)
	case want.Value != nil && want.Value.String() != a.value:
		return fail("it found " + a.value + ", want " + want.Value.String())
	}
	e.done(at, r.text(resumed))
	return nil
}

// text is the call with its answer, as strace prints it.
func (r *running) text(resumed bool) string {
	text := string((&Resumed{Name: r.name, Result: Result{Any: true}}).append(nil))
	if !resumed {
		text = string((&Call{Name: r.name, Args: r.call.Args, Result: Result{Any: true}}).append(nil))
	}
	text = strings.TrimSuffix(text, "?")
	var errno sockets.Errno
	switch {
	case errors.As(r.answer.err, &errno):
		return text + "-1 " + errno.Error()
	case r.answer.err != nil:
		return text + "? " + r.answer.err.Error()
	case r.answer.value != "" && r.answer.n > 0:
		return text + fmt.Sprintf("%d (%s)", r.answer.n, r.answer.value)
	}
	return text + fmt.Sprint(r.answer.n)
}

// inject sends a packet to the host.
func (e *engine) inject(w When, p *Packet) error {
	lo, _, _ := e.span(w)
	if err := e.kernel.Wait(lo, never); err != nil {
		return err
	}
	r, err := e.write(p)
	if err != nil {
		return err
	}
	at := e.kernel.Now()
	if err := e.kernel.Inject(r.build()); err != nil {
		return err
	}
	e.done(at, p.String())
	return e.kernel.Wait(at, never)
}

// expect waits for a packet of the host's. It must be the next one.
func (e *engine) expect(w When, want *Packet) error {
	b, at, err := e.next(e.latest(w))
	if err != nil {
		return err
	}
	if b == nil {
		return &Failure{Why: "the host sends nothing", Got: e.timed("nothing", e.kernel.Now())}
	}
	got, c := e.read(b)
	if !want.ECN.Set && got.ECN.N == 0 {
		got.ECN = Opt{} // the usual
	}
	if wrong := e.differs(want, got, c); wrong != "" {
		return &Failure{Why: wrong, Got: e.timed(got.brief(), at)}
	}
	if err := e.timely(w, at); err != nil {
		err.(*Failure).Got = e.timed(got.brief(), at)
		return err
	}
	if c != nil {
		e.cur = c
		c.last = b
	}
	short := *got
	if want.Ends == nil {
		short.Ends = nil
	}
	if !want.HasOptions && len(short.Options) == 0 {
		short.HasOptions = false
	}
	short.Data = want.Data
	e.done(at, short.String())
	return nil
}

// next is the next packet of the host's, nil if none comes until then.
func (e *engine) next(until time.Duration) (b []byte, at time.Duration, err error) {
	err = e.kernel.Wait(until, func() bool {
		if b == nil {
			b, at = e.kernel.Receive()
		}
		return b != nil
	})
	return b, at, err
}

// quiet sees to it that nothing comes.
func (e *engine) quiet(w When) error {
	_, hi, _ := e.span(w)
	b, at, err := e.next(hi)
	if err != nil {
		return err
	}
	if b != nil {
		got, _ := e.read(b)
		return &Failure{Why: "the host sends something", Got: e.timed(got.brief(), at)}
	}
	e.done(e.kernel.Now(), "> nothing")
	return nil
}

// check does what is about the kernel's inside. What is expected may take a
// moment: up to the tolerance.
func (e *engine) check(w When, s Step) error {
	lo, _, _ := e.span(w)
	if err := e.kernel.Wait(lo, never); err != nil {
		return err
	}
	if c, ok := s.(*Sysctl); ok {
		if err := e.kernel.SetSysctl(c.Key, c.Value); err != nil {
			return err
		}
		e.done(e.kernel.Now(), string(s.append(nil)))
		return nil
	}
	for end := e.latest(w); ; {
		got, ok, err := e.look(s)
		switch {
		case err != nil:
			return err
		case ok:
			e.done(max(lo, e.base), string(s.append(nil)))
			return nil
		case e.kernel.Now() >= end:
			return &Failure{Why: "it is " + got, Got: e.timed(got, e.kernel.Now())}
		}
		if err := e.kernel.Wait(min(end, e.kernel.Now()+time.Millisecond), never); err != nil {
			return err
		}
	}
}

// look reads what a check is about, in words, and reports whether it is so.
func (e *engine) look(s Step) (got string, ok bool, err error) {
	switch s := s.(type) {
	case *CounterIs:
		n, err := e.kernel.Counter(s.Name)
		return fmt.Sprint(n), n == s.Value, err
	case *InfoIs:
		b, err := e.info(s.FD)
		if err != nil {
			return "", false, err
		}
		n, there := infoField(s.Field).of(b)
		if !there {
			return "", false, fmt.Errorf("script: this kernel's tcp_info has no %s", s.Field)
		}
		return fmt.Sprint(n), n == s.Value, nil
	case *StateIs:
		if s.FD < 0 {
			if e.cur == nil {
				return "", false, errors.New("script: no packet yet that would say which connection")
			}
			st, err := e.kernel.State(e.cur.host, e.cur.peer)
			return st.String(), st == s.State, err
		}
		b, err := e.info(s.FD)
		if err != nil {
			return "", false, err
		}
		st := sockets.State(b[0])
		return st.String(), st == s.State, nil
	}
	return "", false, fmt.Errorf("script: a step of type %T", s)
}

// info is getsockopt(TCP_INFO).
func (e *engine) info(fd int) ([]byte, error) {
	b, n := make([]byte, infoLen), 0
	var answer error
	ended, err := e.kernel.Start(func(k sockets.Calls) { n, answer = k.Getsockopt(fd, 6, 11, b, infoLen) })
	if err != nil {
		return nil, err
	}
	over := func() bool { _, ok := ended(); return ok }
	if err := e.kernel.Wait(e.kernel.Now()+e.slack+e.kernel.Late(5*time.Second), over); err != nil {
		return nil, err
	}
	switch {
	case !over():
		return nil, errors.New("script: getsockopt sleeps")
	case answer != nil:
		return nil, answer
	case n < 1:
		return nil, errors.New("script: getsockopt(TCP_INFO) gives nothing")
	}
	return b[:n], nil
}
