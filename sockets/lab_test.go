package sockets_test

import (
	"errors"
	"testing"

	"socketbook/sockets"
)

// pair is a server's process and a client's, at the two ends of a wire.
func pair(t *testing.T) (server, client *sockets.Process) {
	t.Helper()
	lab := sockets.NewNetwork(sockets.Seed(1))
	t.Cleanup(lab.Close)
	a, b := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(a, b, sockets.LAN)
	return a.NewProcess("web"), b.NewProcess("browser")
}

func TestListenOnAndDial(t *testing.T) {
	server, client := pair(t)
	door, err := server.ListenOn(sockets.Any(80), 5)
	if err != nil || door != 3 {
		t.Fatalf("ListenOn = %d, %v; want descriptor 3", door, err)
	}
	fd, err := client.Dial(server.Host().Addr(80))
	if err != nil || fd != 3 {
		t.Fatalf("Dial = %d, %v; want descriptor 3", fd, err)
	}
	if conn, _, err := server.Accept4(door, 0); err != nil || conn != 4 {
		t.Errorf("accept4 = %d, %v; want the client that dialled, as descriptor 4", conn, err)
	}
}

// A call that leads nowhere gives its descriptor back: a server that tries
// again for hours must not run out of numbers.
func TestListenOnAndDialLeaveNothingBehind(t *testing.T) {
	server, client := pair(t)
	if _, err := server.ListenOn(sockets.Any(80), 5); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		call string
		want error
		do   func() (int, error)
		by   *sockets.Process
	}{
		{"ListenOn a taken port", sockets.EADDRINUSE, func() (int, error) { return server.ListenOn(sockets.Any(80), 5) }, server},
		{"ListenOn a foreign address", sockets.EADDRNOTAVAIL, func() (int, error) { return server.ListenOn(sockets.Addr("192.0.2.1:80"), 5) }, server},
		{"Dial a closed port", sockets.ECONNREFUSED, func() (int, error) { return client.Dial(server.Host().Addr(81)) }, client},
		{"Dial nowhere", sockets.ENETUNREACH, func() (int, error) { return client.Dial(sockets.Addr("192.0.2.1:80")) }, client},
		{"Dial text that is no address", sockets.EAFNOSUPPORT, func() (int, error) { return client.Dial(sockets.Addr("server")) }, client},
	}
	for _, c := range cases {
		before := c.by.Open()
		fd, err := c.do()
		if fd != -1 || !errors.Is(err, c.want) {
			t.Errorf("%s = %d, %v; want -1, %v", c.call, fd, err, c.want)
		}
		if c.by.Open() != before {
			t.Errorf("%s: %d descriptors open, %d before", c.call, c.by.Open(), before)
		}
	}
	if err := server.Setrlimit(server.Open(), server.Open()); err != nil {
		t.Fatal(err)
	}
	if fd, err := server.ListenOn(sockets.Any(81), 5); fd != -1 || !errors.Is(err, sockets.EMFILE) {
		t.Errorf("ListenOn without a free descriptor = %d, %v; want -1, EMFILE", fd, err)
	}
	if fd, err := server.Dial(server.Host().Addr(80)); fd != -1 || !errors.Is(err, sockets.EMFILE) {
		t.Errorf("Dial without a free descriptor = %d, %v; want -1, EMFILE", fd, err)
	}
}
