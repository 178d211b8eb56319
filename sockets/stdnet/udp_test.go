package stdnet_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

func TestUDP(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		s, c := lan(t, sockets.Limits{}, sockets.Limits{})
		p, err := s.ListenPacket("udp", ":53")
		if err != nil || p.LocalAddr().String() != "[::]:53" {
			t.Fatal(p, err)
		}
		go func() { // an echo server, as for package net
			b := make([]byte, 1500)
			for {
				n, from, err := p.ReadFrom(b)
				if err != nil {
					return
				}
				p.WriteTo(b[:n], from)
			}
		}()
		conn, err := c.Dial("udp", "server:53")
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		for _, want := range []string{"hello", "", "again"} { // an empty datagram is one, too
			if n, err := conn.Write([]byte(want)); n != len(want) || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
			if n, err := conn.Read(b); string(b[:n]) != want || err != nil {
				t.Errorf("%q came back as %q, %v", want, b[:n], err)
			}
		}
		conn.Write([]byte("truncated"))
		if n, err := conn.Read(b[:5]); string(b[:n]) != "trunc" || err != nil {
			t.Errorf("what does not fit is lost: %q, %v", b[:n], err)
		}
		conn.SetReadDeadline(time.Now().Add(long))
		if _, err := conn.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("and not kept for the next Read: %v", err)
		}
		if _, err := conn.(*stdnet.UDPConn).WriteTo(b, p.LocalAddr()); !errors.Is(err, net.ErrWriteToConnected) {
			t.Errorf("WriteTo with a peer: %v", err)
		}
		p.Close()
		conn.SetReadDeadline(time.Time{})
		conn.Write([]byte("anybody?"))
		_, err = conn.Read(b)
		wantSyscall(t, err, "read", "read", syscall.ECONNREFUSED) // by ICMP
		if st := s.Stats(); st.UdpNoPorts != 1 {
			t.Errorf("UdpNoPorts 1, got %d", st.UdpNoPorts)
		}
	})
}

func TestUDPAddresses(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{})
	for _, network := range []string{"udp", "udp4"} {
		p, err := s.ListenPacket(network, ":53")
		if err != nil {
			t.Fatal(err)
		}
		q, err := c.ListenPacket(network, ":0")
		if err != nil {
			t.Fatal(err)
		}
		to := netip.MustParseAddrPort("10.0.0.1:53")
		if n, err := q.(*stdnet.UDPConn).WriteToUDPAddrPort([]byte("hi"), to); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		b := make([]byte, 10)
		n, from, err := p.ReadFrom(b)
		port := q.LocalAddr().(*net.UDPAddr).Port
		if a, ok := from.(*net.UDPAddr); !ok || n != 2 || err != nil || a.Port != port || !a.IP.Equal(net.IPv4(10, 0, 0, 2)) {
			t.Errorf("%s: %q from %v, %v", network, b[:n], from, err)
		}
		p.Close()
		q.Close()
	}
	p, err := s.ListenPacket("udp4", ":53")
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []net.Addr{nil, (*net.UDPAddr)(nil), &net.TCPAddr{}, &net.UDPAddr{IP: net.IPv6loopback, Port: 1}} {
		var ae *net.AddrError
		if _, err := p.WriteTo([]byte("x"), to); !errors.As(err, &ae) {
			t.Errorf("WriteTo(%T %v) must fail with an AddrError, got %v", to, to, err)
		}
	}
	for _, network := range []string{"udp4", "udp"} { // an address without IP is oneself
		self, err := s.ListenPacket(network, ":54")
		if err != nil {
			t.Fatal(err)
		}
		self.WriteTo([]byte("me"), &net.UDPAddr{Port: 54})
		b := make([]byte, 10)
		if n, from, err := self.ReadFrom(b); string(b[:n]) != "me" || err != nil || !from.(*net.UDPAddr).IP.IsLoopback() {
			t.Errorf("%s to oneself: %q from %v, %v", network, b[:n], from, err)
		}
		self.Close()
	}
	if _, err := p.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1)}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("port 0 is the kernel's to refuse: %v", err)
	}
	if _, err := p.WriteTo(make([]byte, 70000), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 9}); !errors.Is(err, syscall.EMSGSIZE) {
		t.Errorf("a datagram has 64 KB at most: %v", err)
	}
}
