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
