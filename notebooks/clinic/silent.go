package clinic

import (
	"time"

	"socketbook/sockets"
)

// blackHole is a path that long packets do not come through.
var blackHole = Patient{
	Complaint: "“Logging in works, small pages work, large ones hang for minutes and then fail. From the office it works.”",
	Illness:   "path MTU black hole",
	Cause: "Somewhere on the way a wire takes shorter packets only (a tunnel). The router there may not cut TCP's packets (DF), so it drops them " +
		"and tells the sender with an ICMP message, which a firewall drops. The sender sends the same long segment again and again: short ones come through, long ones never.",
	Knob:  "let ICMP “fragmentation needed” pass; or clamp the MSS at the router (nft … tcp option maxseg size set rt mtu), or net.ipv4.tcp_mtu_probing=1 at the sender",
	Price: "a clamp makes all segments on that way shorter; probing finds out only after some timeouts",
	Signs: []string{"IpFragFails", "length 1448"},
	play: func(r *room) {
		r.server, r.client = r.lab.NewHost("server", sockets.Limits{}), r.lab.NewHost("client", sockets.Limits{})
		router := r.lab.NewHost("router", sockets.Limits{})
		tunnel := metro
		tunnel.MTU = r.between(1280, 1400)
		r.lab.NewLink(r.server, router, metro)
		// Towards the client the way is narrow; the client does not know, and nor does its SYN.
		r.lab.NewAsymmetricLink(router, r.client, tunnel, metro)
		router.SetSysctl("net.ipv4.ip_forward", "1")
		for _, h := range []*sockets.Host{r.server, r.client} {
			h.AddRoute(sockets.Route{To: "default", Via: "10.0.0.3"})
		}
		router.DropICMP(!r.cured)
		long := r.between(20, 60) * 1000
		r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			fd, _, _ := p.Accept4(door, 0)
			for _, size := range []int{500, long} {
				p.Read(fd, make([]byte, 512))
				p.Write(fd, make([]byte, size))
			}
			p.Sleep(time.Hour)
		})
		var log answers
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			for _, size := range []int{500, long} {
				began := r.now()
				p.Write(fd, []byte("GET /\n"))
				for got := 0; got < size; {
					n, err := p.Read(fd, make([]byte, 65536))
					if n == 0 || err != nil {
						log.add(r.now()-began, err)
						return
					}
					got += n
				}
				log.add(r.now()-began, nil)
			}
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(10 * time.Second)
		r.window(prompt(r.client, "./app -get small large"), log.String()+either(r, "large: still waiting after 10s\n", ""))
		r.ss(r.server, "-tn", "state established", 2)
		r.nstat(r.server)
		r.lastPackets(r.server, 5)
		r.nstat(router)
	},
}

// datagrams has a receive buffer that is full, and no sender who would wait.
var datagrams = Patient{
	Complaint: "“A good part of the log messages is missing. No error anywhere, neither at the sender nor here.”",
	Illness:   "the UDP receive buffer is full",
	Cause: "UDP has no window: the sender sends. When the program is busy, datagrams wait in the socket's receive buffer (Recv-Q), and when that is full " +
		"the kernel drops the next one and counts UdpRcvbufErrors. The sender is told nothing.",
	Knob:  "read faster (recvmmsg, more threads with SO_REUSEPORT); for bursts setsockopt SO_RCVBUF, up to sysctl net.core.rmem_max",
	Price: "memory for each such socket; a longer queue holds older messages",
	Signs: []string{"UdpRcvbufErrors"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		r.server.SetSysctl("net.core.rmem_max", "8000000")
		r.server.Spawn("syslog", func(p *sockets.Process) {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			if r.cured {
				set(p, fd, sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_000_000)
			}
			p.Bind(fd, sockets.Any(514))
			for {
				if _, _, err := p.Recvfrom(fd, make([]byte, 2048), 0); err != nil {
					return
				}
				p.Sleep(100 * time.Microsecond) // it writes to a disk
			}
		})
		messages := r.between(1500, 2500)
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			p.Connect(fd, r.server.Addr(514))
			for range messages {
				p.Write(fd, make([]byte, 300))
				p.Sleep(30 * time.Microsecond)
			}
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(50 * time.Millisecond)
		r.window(prompt(r.server, "ss -uanp"), r.server.UDPSockets().String())
		r.lab.RunFor(2 * time.Second)
		r.nstat(r.server)
	},
}
