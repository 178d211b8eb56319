package oracle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"socketbook/sockets"
)

// Kernel is what a case runs on: the simulated host, or the real one.
type Kernel interface {
	// Process makes a process of a user, with descriptors 0 to 2.
	Process(uid int) (Process, error)
	// SetSysctl changes a setting of the kernel.
	SetSysctl(key, value string) error
	// Settle lets everything in flight arrive; Pass lets time pass.
	Settle()
	Pass(d time.Duration)
	// Close ends the host.
	Close()
}

// Process is one process of a kernel.
type Process interface {
	sockets.Calls
	Fork() (Process, error)
	Exit() error
	// Start runs f, which makes calls of this process, on a thread of its own
	// and returns a function that waits so long for its end and reports it.
	Start(f func(sockets.Calls)) (ended func(wait time.Duration) bool)
}

// Failure says where a case went wrong.
type Failure struct {
	Step int // counted from 0
	Call string
	What string
}

func (f *Failure) Error() string { return fmt.Sprintf("step %d, %s: %s", f.Step, f.Call, f.What) }

// run is the state of one case.
type run struct {
	k     Kernel
	c     *Case
	m     *Matcher
	procs map[string]*proc
	jobs  map[string]*job
}

type proc struct {
	Process
	names map[string]int
}

type job struct {
	p      *proc
	step   *Step
	result *Result
	ended  func(time.Duration) bool
}

// jobWait is how long a started call has before it counts as pending.
const jobWait = 25 * time.Millisecond

// Run plays a case and compares every answer. It returns nil when all agree.
func Run(k Kernel, c *Case) *Failure {
	r := &run{k: k, c: c, m: NewMatcher(c), procs: map[string]*proc{}, jobs: map[string]*job{}}
	for _, key := range sortedKeys(c.Sysctl) {
		if err := k.SetSysctl(key, c.Sysctl[key]); err != nil {
			return &Failure{0, "sysctl " + key, err.Error()}
		}
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		got, err := r.step(s)
		if err != nil {
			return &Failure{i, s.Call, err.Error()}
		}
		k.Settle()
		if d := r.m.Match(s.Expect, got); d != "" {
			return &Failure{i, s.Call, d}
		}
		if s.Save != "" {
			r.m.Save(s.Save, got)
		}
	}
	return nil
}

func (r *run) proc(name string) (*proc, error) {
	if p := r.procs[name]; p != nil {
		return p, nil
	}
	k, err := r.k.Process(r.c.Procs[name].UID)
	if err != nil {
		return nil, err
	}
	p := &proc{Process: k, names: map[string]int{}}
	r.procs[name] = p
	return p, nil
}

// step makes one call. The error is one of the case or the runner, not of the
// call.
func (r *run) step(s *Step) (*Result, error) {
	p, err := r.proc(s.proc())
	if err != nil {
		return nil, err
	}
	switch {
	case s.Call == "join":
		return r.join(p, s)
	case s.Job != "":
		return r.start(p, s)
	case s.Call == "settle":
		r.k.Pass(time.Duration(s.MS) * time.Millisecond)
		return ret(0), nil
	case s.Call == "sysctl":
		return done(r.k.SetSysctl(s.Key, s.Value), ret(0)), nil
	case s.Call == "fork":
		child, err := p.Fork()
		if err == nil {
			names := map[string]int{}
			for k, v := range p.names {
				names[k] = v
			}
			r.procs[s.Child] = &proc{Process: child, names: names}
		}
		return done(err, ret(0)), nil
	case s.Call == "exit":
		return done(p.Exit(), ret(0)), nil
	case s.Call == "fill" || s.Call == "drain":
		return r.bulk(p, s)
	}
	got, err := r.call(p.Process, p, s)
	if err == nil {
		p.bind(s, got)
	}
	return got, err
}

// bind gives the names of a step their descriptors.
func (p *proc) bind(s *Step, got *Result) {
	set := func(name string, fd *int64) {
		if name == "" {
			return
		}
		p.names[name] = -1
		if fd != nil {
			p.names[name] = int(*fd)
		}
	}
	set(s.As, got.FD)
	set(s.As2, got.FD2)
}

func (r *run) start(p *proc, s *Step) (*Result, error) {
	j := &job{p: p, step: s}
	r.jobs[s.Job] = j
	var runErr error
	j.ended = p.Start(func(k sockets.Calls) { j.result, runErr = r.call(k, p, s) })
	if !j.ended(jobWait) {
		return &Result{Pending: true}, nil
	}
	if runErr == nil {
		p.bind(s, j.result)
	}
	return j.result, runErr
}

func (r *run) join(p *proc, s *Step) (*Result, error) {
	j := r.jobs[s.Job]
	if j == nil {
		return nil, fmt.Errorf("no job %q", s.Job)
	}
	wait := time.Duration(s.MS) * time.Millisecond
	if s.MS == 0 {
		wait = 2 * time.Second
	}
	if !j.ended(wait) {
		return &Result{Pending: true}, nil
	}
	j.p.bind(j.step, j.result)
	return j.result, nil
}

// bulk is fill and drain: until it fails, for EAGAIN three times 20 ms apart.
func (r *run) bulk(p *proc, s *Step) (*Result, error) {
	fd, err := p.fd(s.FD)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, s.N)
	for i := range buf {
		buf[i] = 'x'
	}
	total, again := 0, 0
	for {
		var n int
		if s.Call == "fill" {
			n, err = p.Write(fd, buf)
		} else {
			n, err = p.Read(fd, buf)
		}
		total += max(n, 0)
		if err == nil && (n > 0 || s.Call == "fill") {
			again = 0
			continue
		}
		if errors.Is(err, sockets.EAGAIN) && again < 2 {
			again++
			r.k.Pass(20 * time.Millisecond)
			continue
		}
		res := done(err, ret(0))
		res.Total = strconv.Itoa(total)
		return res, nil
	}
}

// fd is a descriptor argument.
func (p *proc) fd(v *Value) (int, error) {
	if v == nil {
		return 0, nil
	}
	if !v.Text {
		return int(v.N), nil
	}
	if n, ok := p.names[v.Name]; ok {
		return n, nil
	}
	if n, err := strconv.Atoi(v.Name); err == nil {
		return n, nil
	}
	return 0, fmt.Errorf("no descriptor is called %q", v.Name)
}

func ret(n int) *Result { v := int64(n); return &Result{Ret: &v} }

func ptr[T any](v T) *T { return &v }

// done is the result of a call: its error, or what it gave.
func done(err error, ok *Result) *Result {
	if err == nil {
		return ok
	}
	var e sockets.Errno
	if errors.As(err, &e) {
		return &Result{Err: e.Name()}
	}
	return &Result{Err: err.Error()}
}

// Payload is the bytes a data literal stands for.
func Payload(text string) []byte {
	if strings.HasPrefix(text, "@") {
		num, ch, ok := strings.Cut(text[1:], ":")
		if n, err := strconv.Atoi(num); err == nil {
			c := byte('x')
			if ok && len(ch) == 1 {
				c = ch[0]
			}
			return []byte(strings.Repeat(string(c), n))
		}
	}
	return []byte(text)
}

// Render is the literal for bytes.
func Render(b []byte) string {
	printable := func(c byte) bool { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' }
	if len(b) > 3 && printable(b[0]) && strings.Count(string(b), string(b[0])) == len(b) {
		return fmt.Sprintf("@%d:%c", len(b), b[0])
	}
	ok := len(b) <= 64 && (len(b) == 0 || b[0] != '@' && b[0] != '#')
	for _, c := range b {
		ok = ok && printable(c)
	}
	if ok {
		return string(b)
	}
	return fmt.Sprintf("#%d:%08x", len(b), crc32.ChecksumIEEE(b))
}

func addrResult(a *sockets.SockAddr, r *Result) *Result {
	if a != nil && (a.Family == sockets.AF_INET || a.Family == sockets.AF_INET6) {
		r.Addr = ptr(a.String())
	}
	return r
}

// option is the argument of setsockopt as bytes.
func option(level, opt int, val any) []byte {
	n := func(v any) int64 {
		f, _ := v.(float64)
		return int64(f)
	}
	switch v := val.(type) {
	case []any:
		b := make([]byte, 0, 4*len(v))
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, uint32(n(x)))
		}
		return b
	case string:
		return []byte(v)
	}
	if level == numbers["SOL_SOCKET"] && (opt == numbers["SO_RCVTIMEO"] || opt == numbers["SO_SNDTIMEO"]) {
		ms := n(val)
		b := binary.LittleEndian.AppendUint64(nil, uint64(ms/1000))
		return binary.LittleEndian.AppendUint64(b, uint64(ms%1000*1000))
	}
	return binary.LittleEndian.AppendUint32(nil, uint32(n(val)))
}

// readOption is what getsockopt gave, as cases write it.
func readOption(level, opt int, b []byte) any {
	if level == numbers["SOL_SOCKET"] {
		switch opt {
		case numbers["SO_LINGER"]:
			if len(b) == 8 {
				return []any{int64(int32(binary.LittleEndian.Uint32(b))), int64(int32(binary.LittleEndian.Uint32(b[4:])))}
			}
		case numbers["SO_RCVTIMEO"], numbers["SO_SNDTIMEO"]:
			if len(b) == 16 {
				return int64(binary.LittleEndian.Uint64(b))*1000 + int64(binary.LittleEndian.Uint64(b[8:]))/1000
			}
		case numbers["SO_ERROR"]:
			if len(b) == 4 {
				if e := binary.LittleEndian.Uint32(b); e != 0 {
					return sockets.Errno(e).Name()
				}
				return int64(0)
			}
		}
	}
	if level == numbers["IPPROTO_TCP"] && opt == numbers["TCP_INFO"] && len(b) > 0 && int(b[0]) < len(tcpStates) {
		return tcpStates[b[0]]
	}
	var padded [8]byte
	copy(padded[:], b)
	if len(b) >= 8 {
		return int64(binary.LittleEndian.Uint64(padded[:]))
	}
	return int64(int32(binary.LittleEndian.Uint32(padded[:])))
}
