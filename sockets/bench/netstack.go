package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// Two stacks of gVisor, joined by its pipe of 1500-byte frames. An address has
// 49,536 ephemeral ports; a client uses fewer of each, as ours does.
const (
	netstackNIC  = 1
	netstackPort = 80
	netstackEach = 20_000
	diallers     = 8 // more gain nothing
)

type netstacks struct {
	server, client *stack.Stack
	addrs          []tcpip.Address // of the client
}

func newNetstacks(n int) (*netstacks, error) {
	a, b := pipe.New("\x02\x00\x00\x00\x00\x01", "\x02\x00\x00\x00\x00\x02", 1500)
	server, err := newStack(a, addr(10, 0, 0, 1))
	if err != nil {
		return nil, err
	}
	s := &netstacks{server: server}
	for i := range n/netstackEach + 1 {
		s.addrs = append(s.addrs, addr(10, 1, byte(i/250), byte(i%250+1)))
	}
	s.client, err = newStack(b, s.addrs...)
	return s, err
}

func addr(a, b, c, d byte) tcpip.Address { return tcpip.AddrFrom4([4]byte{a, b, c, d}) }

func newStack(link stack.LinkEndpoint, addrs ...tcpip.Address) (*stack.Stack, error) {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	if err := s.CreateNIC(netstackNIC, link); err != nil {
		return nil, errors.New(err.String())
	}
	for _, a := range addrs {
		p := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: a.WithPrefix()}
		if err := s.AddProtocolAddress(netstackNIC, p, stack.AddressProperties{}); err != nil {
			return nil, errors.New(err.String())
		}
	}
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: netstackNIC}})
	return s, nil
}

func (s *netstacks) listen() (net.Listener, error) {
	return gonet.ListenTCP(s.server, tcpip.FullAddress{Port: netstackPort}, ipv4.ProtocolNumber)
}

func (s *netstacks) dial(k int) (net.Conn, error) {
	from := tcpip.FullAddress{NIC: netstackNIC, Addr: s.addrs[k%len(s.addrs)]}
	to := tcpip.FullAddress{NIC: netstackNIC, Addr: addr(10, 0, 0, 1), Port: netstackPort}
	return gonet.DialTCPWithBind(context.Background(), s.client, from, to, ipv4.ProtocolNumber)
}

func netstackHold(n int) (figures, error) {
	before := resident()
	s, err := newNetstacks(n)
	if err != nil {
		return figures{}, err
	}
	l, err := s.listen()
	if err != nil {
		return figures{}, err
	}
	servers, clients := make([]net.Conn, n), make([]net.Conn, n)
	accepted := make(chan error, 1)
	start := time.Now()
	go func() {
		for i := range servers {
			var err error
			if servers[i], err = l.Accept(); err != nil {
				accepted <- err
				return
			}
		}
		accepted <- nil
	}()
	if err := dialAll(s, clients); err != nil {
		return figures{}, err
	}
	if err := <-accepted; err != nil {
		return figures{}, err
	}
	took := time.Since(start)
	f := figures{Held: n, Rate: float64(n) / took.Seconds(), Bytes: (resident() - before) / float64(n),
		Note: fmt.Sprintf("two stacks, %d diallers, both cores", diallers)}
	runtime.KeepAlive(servers)
	runtime.KeepAlive(clients)
	return f, nil
}

// dialAll dials with a few goroutines; the first error ends them all.
func dialAll(s *netstacks, clients []net.Conn) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range diallers {
		wg.Go(func() {
			for failed.Load() == nil {
				k := int(next.Add(1)) - 1
				if k >= len(clients) {
					return
				}
				c, err := s.dial(k)
				if err != nil {
					err = fmt.Errorf("connection %d: %w", k, err)
					failed.Store(&err)
					return
				}
				clients[k] = c
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// netstackPair is one connection, both ends.
func netstackPair() (here, there net.Conn, err error) {
	s, err := newNetstacks(1)
	if err != nil {
		return nil, nil, err
	}
	l, err := s.listen()
	if err != nil {
		return nil, nil, err
	}
	if here, err = s.dial(0); err == nil {
		there, err = l.Accept()
	}
	return here, there, err
}

func netstackTrips(n int) (float64, error) {
	here, there, err := netstackPair()
	if err != nil {
		return 0, err
	}
	return trips(here, there, n)
}

func netstackBulk(bytes int) (float64, error) {
	here, there, err := netstackPair()
	if err != nil {
		return 0, err
	}
	return stream(here, there, bytes)
}
