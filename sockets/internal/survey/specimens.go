package survey

import (
	"time"

	"socketbook/sockets"
)

const nonblock = sockets.SOCK_NONBLOCK

// specimen is a socket of some kind in some state.
type specimen struct {
	name string
	make func(a *asker) int
}

// plain is a fresh socket.
func plain(domain, typ, protocol int) func(a *asker) int {
	return func(a *asker) int { return a.keep(a.k.Socket(domain, typ|nonblock, protocol)) }
}

func bound(domain, typ int, addr string) func(a *asker) int {
	return func(a *asker) int {
		fd := plain(domain, typ, 0)(a)
		a.k.Bind(fd, sockets.Addr(addr))
		return fd
	}
}

func listening(domain int, addr string) func(a *asker) int {
	return func(a *asker) int {
		fd := plain(domain, sockets.SOCK_STREAM, 0)(a)
		a.k.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, words(1), 4)
		a.k.Bind(fd, sockets.Addr(addr))
		a.k.Listen(fd, 5)
		return fd
	}
}

// pair is a connection: client and server.
func pair(a *asker, domain int, at, from, to string) (client, server int) {
	l := listening(domain, at)(a)
	client = plain(domain, sockets.SOCK_STREAM, 0)(a)
	a.k.Bind(client, sockets.Addr(from))
	a.k.Connect(client, sockets.Addr(to))
	a.k.Settle()
	fd, _, err := a.k.Accept4(l, nonblock)
	return client, a.keep(fd, err)
}

const (
	here, there   = "127.0.0.1:5000", "127.0.0.1:6000"
	here6, there6 = "[::1]:5000", "[::1]:6000"
	mappedHere    = "[::ffff:127.0.0.1]:5000"
	mappedThere   = "[::ffff:127.0.0.1]:6000"
)

func client4(a *asker) int { c, _ := pair(a, sockets.AF_INET, here, there, here); return c }
func server4(a *asker) int { _, s := pair(a, sockets.AF_INET, here, there, here); return s }
func client6(a *asker) int { c, _ := pair(a, sockets.AF_INET6, here6, there6, here6); return c }
func server6(a *asker) int { _, s := pair(a, sockets.AF_INET6, here6, there6, here6); return s }

func mappedClient(a *asker) int {
	c, _ := pair(a, sockets.AF_INET6, "[::]:5000", mappedThere, mappedHere)
	return c
}

func mappedServer(a *asker) int {
	_, s := pair(a, sockets.AF_INET6, "[::]:5000", mappedThere, mappedHere)
	return s
}

func closeWait(a *asker) int {
	c, s := pair(a, sockets.AF_INET, here, there, here)
	a.finish(c)
	return s
}

func finWait2(a *asker) int {
	_, s := pair(a, sockets.AF_INET, here, there, here)
	a.finish(s)
	return s
}

// finish sends a FIN, and waits for the acknowledgement: a kernel that nothing
// hurries delays it by 40 ms (TCP_DELACK_MIN).
func (a *asker) finish(fd int) {
	a.k.Shutdown(fd, 1)
	a.k.Wait(45 * time.Millisecond)
}

// connected is a datagram socket with a peer.
func connected(domain int, from, to string) func(a *asker) int {
	return func(a *asker) int {
		peer := plain(domain, sockets.SOCK_DGRAM, 0)(a)
		a.k.Bind(peer, sockets.Addr(to))
		fd := plain(domain, sockets.SOCK_DGRAM, 0)(a)
		a.k.Bind(fd, sockets.Addr(from))
		a.k.Connect(fd, sockets.Addr(to))
		return fd
	}
}

const (
	inet, inet6   = sockets.AF_INET, sockets.AF_INET6
	stream, dgram = sockets.SOCK_STREAM, sockets.SOCK_DGRAM
	raw           = sockets.SOCK_RAW
)

// specimens are all there are. The first four are asked most.
var specimens = []specimen{
	{"tcp", plain(inet, stream, 0)},
	{"udp", plain(inet, dgram, 0)},
	{"tcp6", plain(inet6, stream, 0)},
	{"udp6", plain(inet6, dgram, 0)},
	{"tcp bound", bound(inet, stream, here)},
	{"tcp listening", listening(inet, here)},
	{"tcp client", client4},
	{"tcp server", server4},
	{"tcp close-wait", closeWait},
	{"tcp fin-wait-2", finWait2},
	{"tcp6 bound", bound(inet6, stream, here6)},
	{"tcp6 listening", listening(inet6, "[::]:5000")},
	{"tcp6 client", client6},
	{"tcp6 server", server6},
	{"tcp6 mapped client", mappedClient},
	{"tcp6 mapped server", mappedServer},
	{"udp bound", bound(inet, dgram, here)},
	{"udp connected", connected(inet, there, here)},
	{"udp6 bound", bound(inet6, dgram, here6)},
	{"udp6 connected", connected(inet6, there6, here6)},
	{"udp6 mapped", connected(inet6, mappedThere, mappedHere)},
	{"raw icmp", plain(inet, raw, sockets.IPPROTO_ICMP)},
	{"raw raw", plain(inet, raw, sockets.SOL_RAW)},
	{"raw6 icmp", plain(inet6, raw, sockets.IPPROTO_ICMPV6)},
	{"raw6 raw", plain(inet6, raw, sockets.SOL_RAW)},
	{"unix stream", plain(sockets.AF_UNIX, stream, 0)},
	{"unix dgram", plain(sockets.AF_UNIX, dgram, 0)},
	{"udplite", plain(inet, dgram, sockets.IPPROTO_UDPLITE)},
}

func named(name string) specimen {
	for _, s := range specimens {
		if s.name == name {
			return s
		}
	}
	panic("survey: no specimen " + name)
}
