package check

import (
	"errors"

	"socketbook/sockets"
)

// whyEnded is what is said of a server that returned.
func (s *serving) whyEnded() outcome {
	err := s.err
	switch {
	case err == nil:
		return no("Your server returned, and clients were still to come. When one has been served, the next is.")
	case errors.Is(err, sockets.EADDRINUSE) && s.again:
		return no("Your server was killed and started again, and could not have its port: %v. Connections of its former life are in TIME-WAIT and hold the port for a minute. SO_REUSEADDR, set before bind, lets a server take it all the same.", err)
	case errors.Is(err, sockets.EMFILE):
		return no("Your server gave up: %v. To be out of descriptors is a state that passes: serve those who are in, and accept again when one of them has left.", err)
	case errors.Is(err, sockets.ECONNRESET), errors.Is(err, sockets.EPIPE):
		return no("One client reset its connection, and your server gave up for all: %v. Close that connection, and go on.", err)
	case errors.Is(err, sockets.EAGAIN):
		return no("Your server took EAGAIN for a failure: %v. It says \"not now\": go back to waiting.", err)
	}
	return no("Your server gave up: %v.", err)
}

// whyRefused looks for what kept clients out.
func (s *serving) whyRefused() (outcome, bool) {
	out := false
	for _, g := range s.guests {
		out = out || errors.Is(g.err, sockets.ECONNREFUSED)
	}
	port := s.port
	switch {
	case !out:
		return outcome{}, false
	case len(s.refusals) == 0:
		return no("A client got ECONNREFUSED: nobody listens at port %d. The latest call of your server was %v.", port, s.k.last), true
	}
	l := s.refusals[0].Local
	switch {
	case l.Port == port>>8|port&0xff<<8:
		return no("A client got ECONNREFUSED at port %d, and your server listens at %d: that is %d with its two bytes swapped. (Here a port is a plain number; in C, htons makes it.)", port, l.Port, port), true
	case l.Port != port:
		return no("A client got ECONNREFUSED: your server listens at port %d, and clients come to %d.", l.Port, port), true
	}
	return no("A client got ECONNREFUSED: your server listens at %v, which a client on another machine does not reach. The address 0.0.0.0 stands for all addresses of the host.", l), true
}
