package sockets

import (
	"strings"
	"time"
)

// The scenarios the lessons use, each as small as it can be. Every one has a
// server at 10.0.0.1, a client at 10.0.0.2, and a wire between them.

// builtins are the scenarios that are part of this package.
var builtins = []*Scenario{
	{Name: "handshake", Doc: "a client connects to a server that accepts, and nothing else",
		Options: wireOptions(), Build: playHandshake},
	{Name: "bulk", Doc: "a client sends bytes, the server reads them to the end, both close",
		Options: append(wireOptions(), bytesOption(100_000)), Build: playBulk},
	{Name: "lossy-bulk", Doc: "bulk over a wire that loses, doubles, delays and damages frames",
		Options: append(wireOptions(), bytesOption(100_000),
			FloatOption("loss", 0.02, 0, 1, "share of frames that are lost"),
			FloatOption("duplicate", 0, 0, 1, "share of frames that arrive twice"),
			FloatOption("reorder", 0, 0, 1, "share of frames that arrive a millisecond late"),
			FloatOption("corrupt", 0, 0, 1, "share of frames in which bits flip")), Build: playBulk},
	{Name: "close", Doc: "a word there, a word back, and then one end closes first, or both at once",
		Options: append(wireOptions(), ChoiceOption("first", "who closes first", "client", "server", "both")), Build: playClose},
	{Name: "reset", Doc: "a server ends a connection with a reset",
		Options: append(wireOptions(), ChoiceOption("how", "close with unread data, close with SO_LINGER 0, or data for a closed socket",
			"unread", "linger", "late")), Build: playReset},
	{Name: "refused", Doc: "a client connects to a port at which nobody listens",
		Options: wireOptions(), Build: playRefused},
	{Name: "backlog", Doc: "a burst of clients meets a listener whose queue is short",
		Options: append(wireOptions(), IntOption("clients", 20, 1, 10_000, "clients, all at once"),
			IntOption("backlog", 5, 0, 4096, "the argument of listen"),
			DurationOption("pause", 100*time.Millisecond, 0, time.Minute, "before the server accepts"),
			ChoiceOption("syncookies", "net.ipv4.tcp_syncookies", "on", "off")), Build: playBacklog},
	{Name: "udp", Doc: "datagrams to a port where somebody reads them, or nobody",
		Options: append(wireOptions(), IntOption("datagrams", 5, 1, 10_000, "how many"),
			IntOption("size", 100, 0, 65507, "bytes of payload"),
			ChoiceOption("port", "open: echoed; closed: answered by ICMP", "open", "closed")), Build: playUDP},
	{Name: "ipv6", Doc: "neighbours find each other, then a connection and a datagram that nobody takes, over IPv6",
		Options: wireOptions(), Build: playIPv6},
	{Name: "path-mtu", Doc: "a router before a narrow wire: a large datagram in fragments, and TCP that learns what fits",
		Options: append(wireOptions(), bytesOption(20_000),
			IntOption("mtu", 1400, 1280, 1500, "bytes of a packet on the far wire"),
			ChoiceOption("family", "of the addresses", "ipv4", "ipv6")), Build: playPathMTU},
	{Name: "time-wait", Doc: "a client comes back from the same port while the server remembers its last connection",
		Options: wireOptions(), Build: playTimeWait},
	{Name: "zero-window", Doc: "a reader pauses, and its window closes",
		Options: append(wireOptions(), bytesOption(50_000),
			DurationOption("pause", 2*time.Second, 0, time.Hour, "before the server reads"),
			IntOption("rmem", 16_384, 2304, 1<<30, "bytes of the server's receive buffers")), Build: playZeroWindow},
	{Name: "overload", Doc: "a crowd comes by chance, faster than a small ring and a slow server can take it",
		Options: append(wireOptions(), IntOption("clients", 200, 1, 1_000_000, "how many"),
			FloatOption("arrivals", 20_000, 1, 1e9, "clients per second, on average"),
			IntOption("ring", 4, 1, maxRing, "descriptors of the server's rx ring"),
			DurationOption("service", time.Millisecond, 0, time.Minute, "for each client")),
		Build: playOverload, For: 10 * time.Second},
	{Name: "livelock", Doc: "datagrams come faster than a CPU can take them, and the reader starves",
		Options: append(wireOptions(), FloatOption("offered", 500_000, 1000, 1e7, "datagrams per second"),
			IntOption("datagrams", 5000, 1, 1_000_000, "how many"),
			DurationOption("work", 2*time.Microsecond, 0, time.Second, "of the reader, for each"),
			IntOption("ring", 256, 1, maxRing, "descriptors of the server's rx ring")), Build: playLivelock},
}

func builtin() []*Scenario { return builtins[:len(builtins):len(builtins)] }

// wireOptions are the choices every wire has.
func wireOptions() []ScenarioOption {
	return []ScenarioOption{
		DurationOption("delay", 25*time.Microsecond, 0, time.Hour, "from one end of the wire to the other"),
		IntOption("rate", 10_000_000_000, minRate, maxRate, "of the wire, in bits per second"),
		IntOption("queue", 1000, 1, maxQueue, "frames that may wait for the wire at each end"),
	}
}

func bytesOption(def int64) ScenarioOption {
	return IntOption("bytes", def, 1, 1<<30, "that the client sends")
}

// pair is the stage of every scenario.
func pair(n *Network, o Values, l Limits) (server, client *Host) {
	server, client = n.NewHost("server", l), n.NewHost("client", Limits{})
	n.NewLink(client, server, linkOf(o))
	return server, client
}

// linkOf is the wire that the options ask for.
func linkOf(o Values) LinkOptions {
	wire := LinkOptions{Delay: o.Duration("delay"), Rate: int64(o.Int("rate")), Queue: o.Int("queue")}
	if o.Has("loss") {
		wire.Loss, wire.Duplicate, wire.Corrupt = o.Float("loss"), o.Float("duplicate"), o.Float("corrupt")
		wire.Reorder, wire.ReorderDelay = o.Float("reorder"), time.Millisecond
	}
	return wire
}

// serve accepts connections at port 80 one after another, after a pause, and
// lets f have each of them.
func serve(server *Host, backlog int, pause time.Duration, f func(p *Process, fd int)) {
	server.Spawn("server", func(p *Process) {
		l, err := p.ListenOn(Any(80), backlog)
		p.Sleep(pause)
		for err == nil {
			var fd int
			if fd, _, err = p.Accept4(l, 0); err == nil {
				f(p, fd)
			}
		}
	})
}

// drain reads until nothing more comes.
func drain(p *Process, fd int) {
	buf := make([]byte, 16_384)
	for n := 1; n > 0; {
		n, _ = p.Read(fd, buf)
	}
}

// spill writes n bytes and stops at an error. Byte i is letter i modulo 61, a
// prime, so that a piece in the wrong place shows.
func spill(p *Process, fd, n int) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678"
	buf := make([]byte, 16_384)
	for at := 0; at < n; {
		part := buf[:min(len(buf), n-at)]
		for i := range part {
			part[i] = letters[(at+i)%len(letters)]
		}
		wrote, err := p.Write(fd, part)
		if err != nil {
			return
		}
		at += wrote
	}
}

// stay keeps a program alive, and its connections open: exit would close them.
func stay(p *Process) {
	if r, _, err := p.Pipe2(0); err == nil {
		p.Read(r, make([]byte, 1)) // nobody ever writes
	}
}

func playHandshake(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	serve(server, 5, 0, func(p *Process, fd int) {})
	client.Spawn("client", func(p *Process) {
		p.Dial(server.Addr(80))
		stay(p)
	})
}

func playBulk(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	serve(server, 5, 0, func(p *Process, fd int) {
		drain(p, fd)
		p.Close(fd)
	})
	client.Spawn("client", func(p *Process) {
		if fd, err := p.Dial(server.Addr(80)); err == nil {
			spill(p, fd, o.Int("bytes"))
		}
	})
}

func playClose(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	first, buf := o.Choice("first"), make([]byte, 10)
	const both = 10 * time.Millisecond // an instant at which both ends are at rest
	serve(server, 5, 0, func(p *Process, fd int) {
		n, _ := p.Read(fd, buf)
		p.Write(fd, buf[:n])
		switch first {
		case "client":
			drain(p, fd)
		case "both":
			p.Sleep(both - time.Duration(p.host.net.Now()))
		}
		p.Close(fd)
	})
	client.Spawn("client", func(p *Process) {
		fd, err := p.Dial(server.Addr(80))
		if err != nil {
			return
		}
		p.Write(fd, []byte("hello"))
		p.Read(fd, make([]byte, 10))
		switch first {
		case "server":
			drain(p, fd)
		case "both":
			p.Sleep(both - time.Duration(p.host.net.Now()))
		}
	})
}

func playReset(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	how := o.Choice("how")
	serve(server, 5, 0, func(p *Process, fd int) {
		switch how {
		case "unread":
			p.Sleep(10 * time.Millisecond) // the data comes, and nobody reads it
		case "linger":
			p.Setsockopt(fd, SOL_SOCKET, SO_LINGER, []byte{1, 0, 0, 0, 0, 0, 0, 0}, 8)
		}
		p.Close(fd)
	})
	client.Spawn("client", func(p *Process) {
		fd, err := p.Dial(server.Addr(80))
		if err != nil {
			return
		}
		if how == "late" {
			p.Sleep(10 * time.Millisecond) // the server has closed by now
		}
		p.Write(fd, []byte("hello"))
		drain(p, fd)
	})
}

func playRefused(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	client.Spawn("client", func(p *Process) { p.Dial(server.Addr(80)) })
}

func playBacklog(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	if o.Choice("syncookies") == "off" {
		server.SetSysctl("net.ipv4.tcp_syncookies", "0")
	}
	serve(server, o.Int("backlog"), o.Duration("pause"), func(p *Process, fd int) { p.Close(fd) })
	client.NewLoad(server.Addr(80), LoadOptions{Clients: o.Int("clients")})
}

func playUDP(n *Network, o Values) {
	const echo = 7 // RFC 862
	server, client := pair(n, o, Limits{})
	if o.Choice("port") == "open" {
		server.Spawn("server", func(p *Process) {
			fd, _ := p.Socket(AF_INET, SOCK_DGRAM, 0)
			err := p.Bind(fd, Any(echo))
			for buf := make([]byte, 65536); err == nil; {
				var n int
				var from *SockAddr
				if n, from, err = p.Recvfrom(fd, buf, 0); err == nil {
					p.Sendto(fd, buf[:n], 0, from)
				}
			}
		})
	}
	client.Spawn("client", func(p *Process) {
		fd, _ := p.Socket(AF_INET, SOCK_DGRAM, 0)
		p.Connect(fd, server.Addr(echo))
		for range o.Int("datagrams") {
			p.Write(fd, make([]byte, o.Int("size")))
			p.Sleep(time.Millisecond)
		}
	})
}

func playIPv6(n *Network, o Values) {
	wire := linkOf(o)
	wire.ARP = true
	server, client := n.NewHost("server", Limits{}), n.NewHost("client", Limits{})
	server.AddAddr6("fd00::1")
	client.AddAddr6("fd00::2")
	n.NewLink(client, server, wire)
	serve6(server)
	client.Spawn("client", func(p *Process) {
		fd, _ := p.Socket(AF_INET6, SOCK_STREAM, 0)
		p.Connect(fd, server.Addr6(80))
		p.Write(fd, []byte("hello"))
		p.Close(fd)
		fd, _ = p.Socket(AF_INET6, SOCK_DGRAM, 0)
		to := server.Addr6(7)
		p.Sendto(fd, []byte("nobody there"), 0, &to)
		p.Sleep(time.Millisecond)
	})
}

// serve6 is serve for IPv6 as well as IPv4, without a limit of one family.
func serve6(server *Host) {
	server.Spawn("server", func(p *Process) {
		l, _ := p.Socket(AF_INET6, SOCK_STREAM, 0)
		p.Bind(l, Any6(80))
		err := p.Listen(l, 5)
		for err == nil {
			var fd int
			if fd, _, err = p.Accept4(l, 0); err == nil {
				drain(p, fd)
				p.Close(fd)
			}
		}
	})
}

func playPathMTU(n *Network, o Values) {
	near, far := linkOf(o), linkOf(o)
	far.MTU = o.Int("mtu")
	server, client, router := n.NewHost("server", Limits{}), n.NewHost("client", Limits{}), n.NewHost("router", Limits{})
	for i, h := range []*Host{server, client, router} {
		h.AddAddr6("fd00::" + itoa(i+1))
	}
	n.NewLink(client, router, near)
	n.NewLink(router, server, far)
	router.SetSysctl("net.ipv4.ip_forward", "1")
	router.SetSysctl("net.ipv6.conf.all.forwarding", "1")
	family, to := AF_INET, server.Addr
	if o.Choice("family") == "ipv6" {
		family, to = AF_INET6, server.Addr6
	}
	for _, h := range []*Host{client, server} {
		for _, via := range []SockAddr{router.Addr(0), router.Addr6(0)} {
			if err := h.AddRoute(Route{To: "default", Via: via.AddrPort().Addr().String()}); err != nil {
				n.fail(err)
			}
		}
	}
	serve6(server)
	client.Spawn("client", func(p *Process) {
		u, _ := p.Socket(family, SOCK_DGRAM, 0)
		at := to(9) // discard: RFC 863, but nobody does
		p.Sendto(u, []byte(strings.Repeat("x", 3000)), 0, &at)
		fd, _ := p.Socket(family, SOCK_STREAM, 0)
		p.Connect(fd, to(80))
		spill(p, fd, o.Int("bytes"))
	})
}

func playTimeWait(n *Network, o Values) {
	server, client := pair(n, o, Limits{})
	serve(server, 5, 0, func(p *Process, fd int) { p.Close(fd) })
	client.Spawn("client", func(p *Process) {
		for range 2 {
			fd, _ := p.Socket(AF_INET, SOCK_STREAM, 0)
			p.Setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
			p.Bind(fd, client.Addr(40_000))
			p.Connect(fd, server.Addr(80))
			drain(p, fd)
			p.Close(fd)
			p.Sleep(time.Second)
		}
	})
}

func playZeroWindow(n *Network, o Values) {
	server, client := pair(n, o, Limits{Rmem: o.Int("rmem")})
	pause := o.Duration("pause")
	serve(server, 5, 0, func(p *Process, fd int) {
		p.Sleep(pause)
		drain(p, fd)
		p.Close(fd)
	})
	client.Spawn("client", func(p *Process) {
		if fd, err := p.Dial(server.Addr(80)); err == nil {
			spill(p, fd, o.Int("bytes"))
		}
	})
}

func playOverload(n *Network, o Values) {
	server, client := pair(n, o, Limits{RxRing: o.Int("ring"), RxUsecs: 300 * time.Microsecond, RxFrames: maxRing})
	serve(server, 16, 0, func(p *Process, fd int) {
		p.Read(fd, make([]byte, 1000))
		p.Sleep(o.Duration("service"))
		p.Close(fd)
	})
	client.NewLoad(server.Addr(80), LoadOptions{Clients: o.Int("clients"), Rate: o.Float("arrivals"),
		Send: []byte(strings.Repeat("x", 300)), HoldFor: time.Second})
}

func playLivelock(n *Network, o Values) {
	server, client := pair(n, o, Limits{RxRing: o.Int("ring"), Costs: KernelCosts})
	server.Spawn("server", func(p *Process) {
		fd, _ := p.Socket(AF_INET, SOCK_DGRAM, 0)
		err := p.Bind(fd, Any(9))
		for buf := make([]byte, 2048); err == nil; {
			if _, _, err = p.Recvfrom(fd, buf, 0); err == nil {
				p.Compute(o.Duration("work"))
			}
		}
	})
	client.Spawn("client", func(p *Process) {
		fd, _ := p.Socket(AF_INET, SOCK_DGRAM, 0)
		to, gap := server.Addr(9), time.Duration(1e9/o.Float("offered"))
		for range o.Int("datagrams") {
			p.Sendto(fd, make([]byte, 18), 0, &to)
			p.Sleep(gap)
		}
	})
}
