//go:build linux && (amd64 || arm64)

package linux

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/internal/oracle"
)

// TestOracle plays the oracle's cases on the kernel of this machine: what the
// simulated host is judged by is judged here itself. Every fourth case is
// played; SOCKETS_LINUX_ORACLE=all plays all, and any other value those whose
// name has it in it.
//
// A real kernel's timers run beside the script, so a case may be played three
// times. Values that other versions of Linux give otherwise are no fault of
// this package: the test fails for more than one case in a hundred.
func TestOracle(t *testing.T) {
	needNetwork(t)
	files, err := oracle.Load("../testdata/oracle")
	if err != nil {
		t.Fatal(err)
	}
	cases := chosen(files)
	failures := make([]error, len(cases))
	var again atomic.Int32
	forEach(len(cases), func(i int) {
		for try := 0; try == 0 || failures[i] != nil && try < 3; try++ {
			failures[i] = play(cases[i])
			if try > 0 {
				again.Add(1)
			}
		}
	})
	bad := 0
	for i, err := range failures {
		if err != nil {
			bad++
			t.Logf("%s: %v", cases[i].Name, err)
		}
	}
	t.Logf("oracle: %d of %d on Linux %s, %d played again", len(cases)-bad, len(cases), release(), again.Load())
	if bad > len(cases)/100 {
		t.Errorf("%d of %d cases differ", bad, len(cases))
	}
}

// chosen are the cases to play, but those that take a minute.
func chosen(files []oracle.File) []*oracle.Case {
	want := os.Getenv("SOCKETS_LINUX_ORACLE")
	var list []*oracle.Case
	n := 0
	for _, f := range files {
		for _, c := range f.Cases {
			n++
			if os.Getuid() != 0 && len(c.Procs) > 0 {
				continue // only root may have processes of other users
			}
			if want == "" && n%4 == 0 && !c.Has("slow") && !c.Has("veryslow") || want == "all" || want != "" && strings.Contains(c.Name, want) {
				list = append(list, c)
			}
		}
	}
	return list
}

// play runs one case on a machine of its own.
func play(c *oracle.Case) error {
	m, err := open()
	if err != nil {
		return err
	}
	defer m.Close()
	if f := oracle.Run(oracleKernel{m}, c); f != nil {
		return f
	}
	return nil
}

// forEach calls f for 0 to n-1, four at a time: a case mostly waits.
func forEach(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 4 {
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

// oracleKernel and oracleProcess are the machine as the oracle's runner wants
// it.
type oracleKernel struct{ *machine }

func (k oracleKernel) Process(uid int) (oracle.Process, error) {
	p, err := k.newProcess("oracle", uid)
	if err != nil {
		return nil, err
	}
	return oracleProcess{p}, nil
}

type oracleProcess struct{ *process }

func (p oracleProcess) Fork() (oracle.Process, error) {
	c, err := p.fork("child")
	if err != nil {
		return nil, err
	}
	return oracleProcess{c}, nil
}

func (p oracleProcess) Exit() error {
	p.process.Exit()
	return nil
}

func (p oracleProcess) Start(f func(sockets.Calls)) func(time.Duration) bool {
	ended, err := p.process.Start(f)
	if err != nil {
		return func(time.Duration) bool { return true }
	}
	return ended
}
