package check

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"socketbook/sockets"
)

// Who knows Go starts a goroutine for each client. Here that is told, and nothing
// breaks.
func TestAnswerWithGoroutines(t *testing.T) {
	for name, e := range map[string]*exam{
		"a goroutine for each client": echoExam(doored(rightDoor, func(k sockets.Calls, fd int) error {
			go echoes(k, fd)
			return nil
		})),
		"one that is waited for": echoExam(doored(rightDoor, func(k sockets.Calls, fd int) error {
			done := make(chan struct{})
			go func() { defer close(done); echoes(k, fd) }()
			<-done
			return nil
		})),
		"a client's": askExam(func(k sockets.Calls, to sockets.SockAddr, q []byte) (all []byte, err error) {
			done := make(chan struct{})
			go func() { defer close(done); all, err = askReference(k, to, q) }()
			<-done
			return all, err
		}),
	} {
		if o := e.examine(); o.state != wrong || !strings.Contains(o.text, "more than one goroutine") {
			t.Errorf("%s: %s. %s", name, o.state, o.text)
		}
	}
	// One that makes no calls is nobody's business.
	o := echoExam(func(k sockets.Calls) error {
		done := make(chan struct{})
		go func() { close(done) }()
		<-done
		return echoReference(k)
	}).examine()
	if o.state != solved {
		t.Errorf("a goroutine that makes no calls: %s. %s", o.state, o.text)
	}
}

// After an exam no goroutine is left, however the answer ended.
func TestExamsLeaveNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, e := range []*exam{
		echoExam(echoReference),
		echoExam(func(k sockets.Calls) error { panic("no") }),
		echoExam(func(k sockets.Calls) error {
			for {
				k.Getrlimit()
				k.Close(99)
			}
		}),
		eventExam(func(k sockets.Calls) error {
			defer func() { recover(); k.Close(3) }()
			return eventReference(k)
		}),
		eventExam(func(k sockets.Calls) error { defer panic("again"); return eventReference(k) }),
		askExam(func(k sockets.Calls, to sockets.SockAddr, q []byte) ([]byte, error) {
			_, _, err := k.Accept4(3, 0)
			k.Poll(nil, 0, -1)
			return nil, err
		}),
	} {
		e.seeds = 30
		e.examine()
	}
	for wait := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(wait) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}
