package clinic

import (
	"time"

	"socketbook/sockets"
)

// loopbackOnly listens where nobody from outside comes.
var loopbackOnly = Patient{
	Complaint: "“On the machine itself it works. From anywhere else: connection refused, at once.”",
	Illness:   "listens on loopback only",
	Cause: "A listener on 127.0.0.1 is found by segments to 127.0.0.1 alone. For one to the machine's own address the " +
		"lookup finds no listener, and the kernel answers the SYN with RST: ECONNREFUSED.",
	Knob:  "bind to 0.0.0.0 (or to the address that is meant), in the program's configuration",
	Price: "whoever can reach the machine can now reach the program: it wants a firewall rule, or a password",
	Signs: []string{"127.0.0.1:", "ECONNREFUSED", "TcpOutRsts"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		port := uint16(r.between(8000, 8999))
		at := either(r, sockets.Addr("127.0.0.1:0"), sockets.Any(0))
		at.Port = port
		web := r.server.NewProcess("web")
		web.ListenOn(at, 128)
		var log answers
		for range r.between(3, 6) {
			began := r.now()
			_, err := r.client.NewProcess("app").Dial(r.server.Addr(port))
			log.add(r.now()-began, err)
		}
		r.window(prompt(r.client, "./app -connect"), log.String())
		r.ss(r.server, "-lntp", "state listening", 5)
		r.nstat(r.server)
		r.tcpdump(r.client, 4)
	},
}

// dropped is behind a firewall that says nothing.
var dropped = Patient{
	Complaint: "“Connecting hangs for two minutes, then it times out. The server says it has never heard of us.”",
	Illness:   "a firewall drops the SYN",
	Cause: "The SYN is thrown away on its way, without an answer. The client's kernel sends it again, after 1, 2, 3, 4, 5, 7, 11 … " +
		"seconds, ten times in all, and gives up with ETIMEDOUT after 131 s. In between the socket is in SYN-SENT. (A rule " +
		"that rejects would answer, and the client would know at once.)",
	Knob:  "open the port in the firewall, or let its rule reject instead of drop; for less patience: net.ipv4.tcp_syn_retries",
	Price: "an open port is open; a reject tells a scanner that there is something; few retries give up on a bad wire",
	Signs: []string{"ETIMEDOUT", "SYN-SENT", "TcpExtTCPSynRetrans"},
	play: func(r *room) {
		r.server, r.client = r.lab.NewHost("server", sockets.Limits{}), r.lab.NewHost("client", sockets.Limits{})
		wall := metro
		wall.Loss = either(r, 1.0, 0)
		r.wire = r.lab.NewAsymmetricLink(r.client, r.server, wall, metro)
		port := uint16(r.between(8000, 8999))
		r.server.NewProcess("web").ListenOn(sockets.Any(port), 128)
		var log answers
		r.client.Spawn("app", func(p *sockets.Process) {
			began := r.now()
			_, err := p.Dial(r.server.Addr(port))
			log.add(r.now()-began, err)
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(20 * time.Second)
		r.ss(r.client, "-tan", "", 3)
		r.lab.RunFor(3 * time.Minute)
		r.window(prompt(r.client, "./app -connect"), log.String())
		r.nstat(r.client)
		r.tcpdump(r.client, 8)
		r.ss(r.server, "-tan", "", 3)
		r.nstat(r.server)
	},
}

// restarted cannot have its port back.
var restarted = Patient{
	Complaint: "“We restarted the server, and it does not come up. A minute later it works.”",
	Illness:   "no SO_REUSEADDR",
	Cause: "The old server closed its connections first, so they stand in TIME-WAIT on its side for 60 seconds, with the " +
		"server's port. bind finds the port taken, though nobody listens: EADDRINUSE.",
	Knob:  "setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1) before bind, in the old server as well (its connections inherit it); most servers and Go's net package do it",
	Price: "none for a TCP server: a second listener on the same address is refused all the same",
	Signs: []string{"EADDRINUSE", "TIME-WAIT"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		port := uint16(r.between(8000, 8999))
		// start is how the server begins; the old one began so, too.
		start := func(p *sockets.Process) (door int) {
			door, _ = p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			if r.cured {
				set(p, door, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
			}
			if p.Bind(door, sockets.Any(port)) == nil {
				p.Listen(door, 128)
			}
			return door
		}
		old := r.server.NewProcess("web")
		door := start(old)
		for range r.between(3, 7) {
			guest := r.client.NewProcess("guest")
			fd, _ := guest.Dial(r.server.Addr(port))
			conn, _, _ := old.Accept4(door, 0)
			old.Close(conn)
			r.lab.RunFor(10 * time.Millisecond)
			guest.Close(fd)
		}
		old.Exit()
		r.lab.RunFor(time.Second)
		again := r.server.NewProcess("web")
		start(again)
		r.strace(again, 4)
		r.ss(r.server, "-tanp", "", 8)
	},
}

// noPorts is a proxy that has used up its ports.
var noPorts = Patient{
	Complaint: "“The proxy is up, the backend is bored, and every second request fails.”",
	Illness:   "ephemeral ports used up",
	Cause: "The proxy makes a new connection to the backend for each request and closes it first, so its side keeps TIME-WAIT " +
		"for 60 seconds, and with it one of its ephemeral ports for this destination. When none is left, connect says " +
		"EADDRNOTAVAIL. The backend sees nothing.",
	Knob:  "keep connections to the backend open and use them again; else sysctl -w net.ipv4.tcp_tw_reuse=1, or a wider ip_local_port_range, or a second address",
	Price: "a pool of connections has to notice when the backend closes them; tcp_tw_reuse needs timestamps, and a second per port",
	Signs: []string{"EADDRNOTAVAIL", "TIME-WAIT"},
	play: func(r *room) {
		low := 32768
		many := r.between(250, 450)
		r.street(sockets.Limits{}, sockets.Limits{PortLow: low, PortHigh: low + many - 1}, metro)
		backend := r.server.NewProcess("backend")
		door, _ := backend.ListenOn(sockets.Any(9000), 4096)
		if r.cured {
			r.client.SetSysctl("net.ipv4.tcp_tw_reuse", "1")
		}
		proxy := r.client.NewProcess("proxy")
		var log answers
		for range 2 * many {
			began := r.now()
			fd, err := proxy.Dial(r.server.Addr(9000))
			log.add(r.now()-began, err)
			if err == nil {
				conn, _, _ := backend.Accept4(door, 0)
				proxy.Close(fd)
				backend.Read(conn, make([]byte, 8))
				backend.Close(conn)
			}
			r.lab.RunFor(10 * time.Millisecond)
		}
		r.window(prompt(r.client, "grep backend proxy.log | sort | uniq -c"), log.String())
		r.window(prompt(r.client, "ss -tan | cut -d' ' -f1 | sort | uniq -c"), r.client.SocketStates().String())
		ports, _ := r.client.Sysctl("net.ipv4.ip_local_port_range")
		r.window(prompt(r.client, "sysctl net.ipv4.ip_local_port_range"), ports)
		r.window(prompt(r.server, "ss -tan | cut -d' ' -f1 | sort | uniq -c"), r.server.SocketStates().String())
	},
}
