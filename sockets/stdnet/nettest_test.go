package stdnet_test

import (
	"net"
	"regexp"
	"testing"
	"testing/synctest"

	"golang.org/x/net/nettest"

	"socketbook/sockets/stdnet"
)

// pipe is a connection across the wire of a new pair of hosts.
func pipe() (c1, c2 net.Conn, stop func(), err error) {
	server, client := stdnet.Pair()
	stop = func() { server.Net().Close() }
	l, err := server.Listen("tcp", ":80")
	if err != nil {
		return nil, nil, stop, err
	}
	if c1, err = client.Dial("tcp", "server:80"); err != nil {
		return nil, nil, stop, err
	}
	c2, err = l.Accept()
	return c1, c2, stop, err
}

// loopback is a connection of a host to itself.
func loopback() (c1, c2 net.Conn, stop func(), err error) {
	server, _ := stdnet.Pair()
	stop = func() { server.Net().Close() }
	l, err := server.Listen("tcp", "[::1]:80")
	if err != nil {
		return nil, nil, stop, err
	}
	if c1, err = server.Dial("tcp", "[::1]:80"); err != nil {
		return nil, nil, stop, err
	}
	c2, err = l.Accept()
	return c1, c2, stop, err
}

// The judge of every net.Conn, at real pace.
func TestConn(t *testing.T) {
	t.Run("wire", func(t *testing.T) { nettest.TestConn(t, pipe) })
	t.Run("loopback", func(t *testing.T) { nettest.TestConn(t, loopback) })
}

// The same in a bubble. A test in a bubble may not have subtests, and nettest
// is made of them; so the bubble holds a run of tests of its own. Not on the
// loopback device: it has no rate, so the 100 ms for which nettest copies as
// fast as it can are gigabytes there.
func TestConnInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := false
		tests := []testing.InternalTest{{Name: t.Name(), F: func(t *testing.T) { ran = true; nettest.TestConn(t, pipe) }}}
		if ok := testing.RunTests(regexp.MatchString, tests); !ok || !ran {
			t.Errorf("nettest in a bubble: passed %v, ran %v", ok, ran)
		}
	})
}
