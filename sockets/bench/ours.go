package main

import (
	"fmt"
	"time"

	"socketbook/sockets"
)

// lab is a server and a client on one wire of 10 Gbit/s and 25 µs, the client
// with addresses enough for n connections.
func lab(n int) (net *sockets.Network, server, client *sockets.Host, err error) {
	net = sockets.NewNetwork(sockets.Seed(1))
	most := n + 64
	server = net.NewHost("server", sockets.Limits{RAM: 1 << 40, NofileSoft: most, NofileHard: most, FileMax: int64(most)})
	client = net.NewHost("client", sockets.Limits{})
	if err = client.AddAddrs("10.1.0.1", n/8000+1); err == nil {
		net.NewLink(client, server, sockets.LAN)
		err = net.Err()
	}
	return net, server, client, err
}

// oursHold opens n connections from a crowd of clients to a program that
// accepts them, on full handshakes, and holds both ends.
func oursHold(n int) (figures, error) {
	before := resident()
	net, server, client, err := lab(n)
	if err != nil {
		return figures{}, err
	}
	accepted := 0
	var failed error
	server.Spawn("server", func(p *sockets.Process) {
		var l int
		l, failed = p.ListenOn(sockets.Any(80), 4096)
		for failed == nil && accepted < n {
			if _, _, failed = p.Accept4(l, 0); failed == nil {
				accepted++
			}
		}
		p.Sleep(24 * time.Hour)
	})
	net.RunFor(time.Millisecond) // it listens
	start := time.Now()
	client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: n, Window: 1000})
	err = net.RunUntil(func() bool { return accepted == n || failed != nil })
	took := time.Since(start)
	if err == nil && accepted < n {
		err = fmt.Errorf("%d of %d accepted: %v", accepted, n, failed)
	}
	if err != nil {
		return figures{}, err
	}
	f := figures{Held: n, Rate: float64(n) / took.Seconds(), Bytes: (resident() - before) / float64(n)}
	net.Close()
	return f, nil
}

// pair runs a program on each host, joined by one connection, until the
// client's program ends.
func pair(serve, dial func(p *sockets.Process, fd int) error) (time.Duration, error) {
	net, server, client, err := lab(1)
	if err != nil {
		return 0, err
	}
	defer net.Close()
	ended := false
	var failed error
	note := func(e error) {
		if failed == nil {
			failed = e
		}
	}
	server.Spawn("server", func(p *sockets.Process) {
		l, err := p.ListenOn(sockets.Any(80), 16)
		fd := -1
		if err == nil {
			fd, _, err = p.Accept4(l, 0)
		}
		if err == nil {
			err = serve(p, fd)
		}
		note(err)
	})
	client.Spawn("client", func(p *sockets.Process) {
		p.Sleep(time.Millisecond)
		fd, err := p.Dial(server.Addr(80))
		if err == nil {
			err = dial(p, fd)
		}
		note(err)
		ended = true
	})
	start := time.Now()
	err = net.RunUntil(func() bool { return ended || failed != nil })
	took := time.Since(start)
	if err == nil {
		err = failed
	}
	if err == nil && !ended {
		err = fmt.Errorf("the client's program did not end: %v", net.Sleepers())
	}
	return took, err
}

func oursTrips(n int) (float64, error) {
	took, err := pair(func(p *sockets.Process, fd int) error {
		var b [64]byte
		for {
			if k, err := p.Read(fd, b[:]); k == 0 || err != nil {
				return err
			}
			if _, err := p.Write(fd, b[:]); err != nil {
				return err
			}
		}
	}, func(p *sockets.Process, fd int) error {
		var b [64]byte
		for range n {
			if _, err := p.Write(fd, b[:]); err != nil {
				return err
			}
			if k, err := p.Read(fd, b[:]); k != len(b) || err != nil {
				return fmt.Errorf("%d bytes came back: %v", k, err)
			}
		}
		return nil
	})
	return float64(n) / took.Seconds(), err
}

func oursBulk(bytes int) (float64, error) {
	took, err := pair(func(p *sockets.Process, fd int) error {
		b := make([]byte, chunk)
		for {
			if k, err := p.Write(fd, b); err != nil {
				return fmt.Errorf("%d bytes written: %w", k, err)
			}
		}
	}, func(p *sockets.Process, fd int) error {
		b := make([]byte, chunk)
		for n := 0; n < bytes; {
			k, err := p.Read(fd, b)
			if err != nil || k == 0 {
				return fmt.Errorf("%d bytes read: %v", n, err)
			}
			n += k
		}
		return nil
	})
	return float64(bytes) / took.Seconds(), err
}

// chunk is what the stream's programs write and read at a time.
const chunk = 64 << 10
