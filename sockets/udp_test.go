package sockets

import (
	"testing"
)

// datagram is a new datagram socket of a process, bound to an address.
func (st *story) datagram(p *Process, a SockAddr) int {
	st.Helper()
	fd, err := p.Socket(int(a.Family), SOCK_DGRAM|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	st.ok(p.Bind(fd, a), "bind to "+a.String())
	return fd
}

// from expects the next datagram to hold these bytes, and tells its sender.
func (st *story) from(p *Process, fd int, want, why string) SockAddr {
	st.Helper()
	buf := make([]byte, len(want)+100)
	n, from, err := p.Recvfrom(fd, buf, 0)
	if err != nil || string(buf[:n]) != want || from == nil {
		st.Fatalf("%s: want %q, read %q, %v", why, want, buf[:n], err)
	}
	return *from
}

// A datagram that is put together piece by piece keeps where it goes, even if
// its first piece is empty and something arrives meanwhile.
func TestCorkedDatagramKeepsItsDestination(t *testing.T) {
	st := lanStory(t)
	s := st.datagram(st.s, Any(53))
	c := st.datagram(st.c, Any(5000))
	to, back := st.server.Addr(53), st.client.Addr(5000)
	n, err := st.c.Sendto(c, nil, MSG_MORE, &to)
	if n != 0 || err != nil {
		t.Fatalf("an empty first piece is sent: %d, %v", n, err)
	}
	_, err = st.s.Sendto(s, []byte("meanwhile"), 0, &back)
	st.ok(err, "sendto")
	st.settle()
	st.audit()
	st.from(st.c, c, "meanwhile", "what arrives while a datagram is put together")
	st.audit()
	_, err = st.c.Sendto(c, []byte("at last"), 0, nil)
	st.ok(err, "the last piece needs no address")
	st.settle()
	if from := st.from(st.s, s, "at last", "the datagram, where its first piece said"); from != back {
		t.Errorf("it comes from %v, not %v", from, back)
	}
	st.audit()
	st.clean()
}

// A socket bound to a group or to the broadcast address listens there, but
// sends from an address of its own (__inet_bind: inet_saddr is 0).
func TestSendingFromAGroup(t *testing.T) {
	st := lanStory(t)
	s := st.datagram(st.s, Any(53))
	for _, name := range []string{"224.0.0.5:5000", "255.255.255.255:5001"} {
		a := Addr(name)
		c := st.datagram(st.c, a)
		to := st.server.Addr(53)
		_, err := st.c.Sendto(c, []byte("x"), 0, &to)
		st.ok(err, "sendto")
		st.settle()
		if from := st.from(st.s, s, "x", "a datagram from a socket bound to "+name); from != st.client.Addr(a.Port) {
			t.Errorf("bound to %s it sends from the host's address, not from %v", name, from)
		}
		st.ok(st.c.Connect(c, to), "connect")
		if got, _ := st.c.Getsockname(c); got != a {
			t.Errorf("connected, it is still bound to %s, not to %v", name, got)
		}
	}
	// A stream's socket is renamed by connect.
	st.listen(80, 5)
	c := st.socket(st.c)
	st.ok(st.c.Bind(c, Addr("224.0.0.5:6000")), "bind")
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect")
	if got, _ := st.c.Getsockname(c); got != st.client.Addr(6000) {
		t.Errorf("a stream connects from the host's address, not from %v", got)
	}
	st.audit()
	st.clean()
}
