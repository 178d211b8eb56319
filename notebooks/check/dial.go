package check

import (
	"errors"
	"time"

	"socketbook/sockets"
)

// Dialer is an answer that opens a connection, and waits no longer than patience
// for it. It returns the connection's descriptor, or an error and nothing open.
type Dialer = func(k sockets.Calls, server sockets.SockAddr, patience time.Duration) (fd int, err error)

// DialTimeout checks such a function: the kernel's own patience is two minutes.
// A server that refuses must give ECONNREFUSED, one that does not answer in time
// ETIMEDOUT.
func DialTimeout(n int, answer Dialer) { dialExam(answer).examine().print(n) }

// dialPatience is how long the answer may wait.
const dialPatience = 500 * time.Millisecond

func dialExam(answer Dialer) *exam {
	own := mine("DialTimeout")[0]
	return &exam{name: "dial-timeout", variant: "DialTimeout", answer: answer, task: "Connect, and wait for it no longer than patience.",
		dials: pick("closed", "deaf", "far", "twice", "late"),
		stage: func(n *sockets.Network, f faults, p *pulse) scene {
			s := &calling{n: n, f: f, pulse: p}
			s.build()
			if f["closed"] == 0 {
				s.server.Spawn("server", s.serve)
			}
			d := &dialing{calling: s, own: own}
			s.call(func(k *kernel, to sockets.SockAddr) error {
				fd, err := answer(k, to, dialPatience)
				if err == nil {
					d.fd = fd
					_, d.gone = k.p.Getpeername(fd)
					d.from, _ = k.p.Getsockname(fd)
				}
				return err
			})
			s.judge = d.dialed
			return s
		},
		praise: praise("In %s runs it connected, or said in time why not, and left nothing open.")}
}

// dialing is what else is known of a run of DialTimeout.
type dialing struct {
	*calling
	fd   int
	gone error // why the connection is none
	own  int   // the port it is to come from; 0: any
	from sockets.SockAddr
}

func (s *dialing) dialed() outcome {
	want := sockets.Errno(0)
	switch {
	case s.f["deaf"] == 1:
		want = sockets.ETIMEDOUT
	case s.f["closed"] == 1:
		want = sockets.ECONNREFUSED
	}
	late := s.took > dialPatience+dialPatience/2
	switch err := s.err; {
	case errors.Is(err, Todo):
		return todo("")
	case !s.ended:
		return no("Your function never returned: its latest call was %v.", s.k.last)
	case late:
		return no("Your function took %v, and its patience is %v. A connect that blocks waits as long as the kernel does.", s.took.Round(time.Millisecond), dialPatience)
	case err == nil && want != 0:
		return no("Your function returned descriptor %d as if it were connected, and the right answer was %v. A descriptor that has become writable may have failed: SO_ERROR tells.", s.fd, want)
	case errors.Is(err, sockets.EINPROGRESS):
		return no("Your function took EINPROGRESS for a failure: %v. It says that the handshake has begun; when it is over, the descriptor is writable.", err)
	case err != nil && want == 0:
		return no("Your function gave up after %v: %v. The server answers after %v.", s.took.Round(time.Millisecond), err, 2*wire(s.f).Delay)
	case err != nil && !errors.Is(err, want):
		return no("Your function returned %v, and the right answer was %v.", err, want)
	case errors.Is(s.gone, sockets.ENOTCONN):
		return no("Your function returned descriptor %d before it was connected: the handshake is still under way.", s.fd)
	case err == nil && s.gone != nil:
		return no("Your function returned %d, and that is no connection: %v.", s.fd, s.gone)
	case err == nil && s.own != 0 && int(s.from.Port) != s.own:
		return no("Your connection comes from port %d, and should from %d. The call for it comes before connect.", s.from.Port, s.own)
	case err == nil && len(s.open) == 1:
		s.open = nil // the connection, which the caller wants
	case err == nil && len(s.open) > 1:
		s.open = s.open[:len(s.open)-1]
	}
	return s.tidy()
}
