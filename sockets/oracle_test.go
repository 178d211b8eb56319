package sockets_test

import (
	"encoding/json"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/internal/oracle"
)

// TestOracle plays every case of the oracle on a fresh simulated host: scripts
// of system calls with what a real Linux 6.18 answered. The environment
// variable SOCKETS_ORACLE names another directory of cases.
func TestOracle(t *testing.T) {
	files := loadOracle(t)
	total, bad := 0, 0
	for _, f := range files {
		failures := make([]*oracle.Failure, len(f.Cases))
		forEach(len(f.Cases), func(i int) {
			k := newSimKernel()
			failures[i] = oracle.Run(k, f.Cases[i])
			k.Close()
		})
		for i, failure := range failures {
			if failure != nil {
				bad++
				t.Errorf("%s: %v", f.Cases[i].Name, failure)
			}
		}
		total += len(f.Cases)
	}
	t.Logf("oracle: %d of %d", total-bad, total)
}

func loadOracle(t *testing.T) []oracle.File {
	t.Helper()
	dir := os.Getenv("SOCKETS_ORACLE")
	if dir == "" {
		dir = "testdata/oracle"
	}
	files, err := oracle.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// forEach calls f for 0 to n-1, several at a time: every case has a host of
// its own.
func forEach(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// TestOracleIsStrict changes one expectation at a time and demands that the
// case fails at that step: a matcher that overlooks something would pass.
func TestOracleIsStrict(t *testing.T) {
	mutants := 0
	for _, f := range loadOracle(t) {
		cases := f.Cases
		if len(cases) > 40 {
			cases = cases[:40] // of the long files a part is enough
		}
		for _, c := range cases {
			if oracle.Run(newSimKernel(), c) != nil {
				continue // it fails by itself: TestOracle says so
			}
			for i := range c.Steps {
				for _, m := range mutations(c.Steps[i].Expect) {
					mutants++
					good := c.Steps[i].Expect
					c.Steps[i].Expect = m
					failure := oracle.Run(newSimKernel(), c)
					c.Steps[i].Expect = good
					if failure == nil || failure.Step != i {
						t.Errorf("%s, step %d: expecting %v instead of %v went unnoticed (%v)", c.Name, i, m, good, failure)
					}
				}
			}
		}
	}
	if mutants < 1000 {
		t.Errorf("only %d mutants were tried", mutants)
	}
	t.Logf("%d mutated expectations, each noticed", mutants)
}

// mutations are wrong versions of an expectation, one for each thing in it.
func mutations(r *oracle.Result) []*oracle.Result {
	var list []*oracle.Result
	add := func(change func(m *oracle.Result)) {
		m := new(oracle.Result)
		b, _ := json.Marshal(r)
		json.Unmarshal(b, m)
		change(m)
		list = append(list, m)
	}
	if r == nil {
		return nil
	}
	if r.Err != "" {
		add(func(m *oracle.Result) { m.Err = "EXDEV" })
		return append(list, &oracle.Result{})
	}
	add(func(m *oracle.Result) { m.Err = "EINVAL" })
	for _, n := range []func(m *oracle.Result) *int64{
		func(m *oracle.Result) *int64 { return m.Ret }, func(m *oracle.Result) *int64 { return m.FD },
		func(m *oracle.Result) *int64 { return m.FD2 }, func(m *oracle.Result) *int64 { return m.Cur },
		func(m *oracle.Result) *int64 { return m.Max },
	} {
		if n(r) != nil {
			add(func(m *oracle.Result) { *n(m)++ })
		}
	}
	if r.Data != nil {
		add(func(m *oracle.Result) { *m.Data += "!" })
	}
	if r.Addr != nil {
		add(func(m *oracle.Result) { *m.Addr = "127.0.0.99:1" })
		add(func(m *oracle.Result) { m.Addr = nil })
	}
	if len(r.Revents) > 0 {
		add(func(m *oracle.Result) { m.Revents[0] = append(m.Revents[0], "POLLMSG") })
	}
	if len(r.Events) > 0 {
		add(func(m *oracle.Result) { m.Events[0].Ev = append(m.Events[0].Ev, "EPOLLMSG") })
		add(func(m *oracle.Result) { m.Events[0].Tag += "?" })
		add(func(m *oracle.Result) { m.Events = m.Events[1:] })
	}
	if len(r.Flags) > 0 {
		add(func(m *oracle.Result) { m.Flags = m.Flags[1:] })
	}
	if len(r.R)+len(r.W)+len(r.E) > 0 {
		add(func(m *oracle.Result) { m.R, m.W, m.E = m.W, m.E, append(m.R, m.R...) })
	}
	if r.Val != nil {
		add(func(m *oracle.Result) { m.Val = "wrong" })
	}
	return list
}

// simKernel is the simulated host as the oracle wants it: loopback only.
type simKernel struct {
	lab   *sockets.Network
	host  *sockets.Host
	stuck int // bytes that could not be sent when last waited for
}

func newSimKernel() oracle.Kernel {
	lab := sockets.NewNetwork(sockets.Seed(1))
	return &simKernel{lab: lab, host: lab.NewHost("host", sockets.Limits{})}
}

func (k *simKernel) Process(uid int) (oracle.Process, error) {
	p := k.host.NewProcess("process")
	if uid != 0 {
		if err := p.Setuid(uid); err != nil {
			return nil, err
		}
	}
	return simProcess{p, k}, nil
}

func (k *simKernel) SetSysctl(key, value string) error { return k.host.SetSysctl(key, value) }

// Settle: what is in flight on the loopback device arrives in microseconds.
// Data that waits for a delayed acknowledgement is waited for, once, as on a
// real kernel.
func (k *simKernel) Settle() {
	for range 30 {
		k.lab.RunFor(2 * time.Millisecond)
		if n := k.host.NotSent(); n == k.stuck || n == 0 {
			k.stuck = n
			return
		}
	}
	k.stuck = k.host.NotSent()
}

func (k *simKernel) Pass(d time.Duration) { k.lab.RunFor(d) }
func (k *simKernel) Close()               { k.lab.Close() }

type simProcess struct {
	*sockets.Process
	k *simKernel
}

func (p simProcess) Fork() (oracle.Process, error) {
	child, err := p.Process.Fork("child")
	return simProcess{child, p.k}, err
}

func (p simProcess) Exit() error {
	p.Process.Exit()
	return nil
}

func (p simProcess) Start(f func(sockets.Calls)) func(time.Duration) bool {
	over := false
	p.Process.Go(func() {
		defer func() { over = true }()
		f(p.Process)
	})
	return func(wait time.Duration) bool {
		lab := p.k.lab
		for end := lab.Now().Add(wait); !over && lab.Now() < end; {
			lab.RunFor(min(time.Millisecond, end.Sub(lab.Now())))
		}
		return over
	}
}
