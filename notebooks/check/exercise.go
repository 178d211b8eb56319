package check

import (
	"errors"
	"fmt"
	"time"

	"socketbook/sockets"
)

// Todo is what the unwritten function of an exercise returns.
var Todo = errors.New("not solved yet")

// outcome is what an exercise came to.
type outcome struct {
	state string // one of the three below
	text  string // why, in plain words
}

const (
	open   = "not solved yet"
	wrong  = "not quite"
	solved = "solved"
)

func todo(text string) outcome               { return outcome{open, text} }
func no(format string, args ...any) outcome  { return outcome{wrong, fmt.Sprintf(format, args...)} }
func yes(format string, args ...any) outcome { return outcome{solved, fmt.Sprintf(format, args...)} }
func (o outcome) print(n int)                { fmt.Printf("Exercise %d: %s. %s\n", n, o.state, o.text) }
func still(text string, err error) (outcome, bool) {
	if errors.Is(err, Todo) {
		return todo(text + " It still returns check.Todo."), true
	}
	return outcome{}, false
}

// patience is how long an answer may take: one without an end must not hang the
// notebook. (A right one takes a few milliseconds.)
var patience = 5 * time.Second

// endless runs an answer and reports whether it does not come to an end. It is
// then left behind, and what it works on must not be touched again.
func endless(answer func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer()
	}()
	select {
	case <-done:
		return false
	case <-time.After(patience):
		return true
	}
}

// street is the stage of every exercise: two hosts and a wire that is so short
// that a handshake is over before the next client comes.
func street(server, client sockets.Limits) (lab *sockets.Network, s, c *sockets.Host) {
	return streetOn(1, sockets.LinkOptions{Delay: time.Microsecond}, server, client)
}

// streetOn is the same with another seed, and another wire.
func streetOn(seed uint64, wire sockets.LinkOptions, server, client sockets.Limits) (lab *sockets.Network, s, c *sockets.Host) {
	lab = sockets.NewNetwork(sockets.Seed(seed))
	server.RxUsecs, client.RxUsecs = -1, -1 // interrupt at once
	s, c = lab.NewHost("server", server), lab.NewHost("client", client)
	lab.NewLink(s, c, wire)
	return lab, s, c
}

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "one " + one
	}
	return word(n) + " " + many
}
