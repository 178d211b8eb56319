package sockets_test

import (
	"os"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/internal/oracle"
)

// TestOracle plays every case of the oracle on a fresh simulated host. The
// environment variable SOCKETS_ORACLE names another directory of cases.
func TestOracle(t *testing.T) {
	dir := os.Getenv("SOCKETS_ORACLE")
	if dir == "" {
		dir = "testdata/oracle"
	}
	files, err := oracle.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	type failed struct {
		c *oracle.Case
		f *oracle.Failure
	}
	total, failures := 0, make([][]failed, len(files))
	t.Run("files", func(t *testing.T) {
		for i, f := range files {
			total += len(f.Cases)
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				for _, c := range f.Cases {
					if bad := oracle.Run(newSimKernel(c), c); bad != nil {
						failures[i] = append(failures[i], failed{c, bad})
					}
				}
			})
		}
	})
	passed := total
	for _, list := range failures {
		for _, f := range list {
			t.Errorf("%s: %v", f.c.Name, f.f)
			passed--
		}
	}
	t.Logf("oracle: %d of %d", passed, total)
}

// simKernel is the simulated host as the oracle wants it: loopback only.
type simKernel struct {
	lab  *sockets.Network
	host *sockets.Host
}

func newSimKernel(c *oracle.Case) oracle.Kernel {
	lab := sockets.NewNetwork(sockets.Seed(1))
	return &simKernel{lab, lab.NewHost("host", sockets.Limits{NofileHard: 4096})}
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

// Settle: what is in flight on the loopback device arrives in microseconds;
// the shortest timer that matters is far away.
func (k *simKernel) Settle()              { k.lab.RunFor(2 * time.Millisecond) }
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
	p.Process.Go(func() { f(p.Process); over = true })
	return func(wait time.Duration) bool {
		end := p.k.lab.Now().Add(wait)
		p.k.lab.RunUntil(func() bool { return over || p.k.lab.Now() >= end })
		if !over && p.k.lab.Now() < end {
			p.k.lab.RunFor(end.Sub(p.k.lab.Now()))
		}
		return over
	}
}
