package clinic

import (
	"fmt"
	"time"

	"socketbook/charts"
	"socketbook/sockets"
)

// twoWrites waits for an acknowledgment that waits for it.
var twoWrites = Patient{
	Complaint: "“Each request takes 40 milliseconds. The wire takes one, the server none.”",
	Illness:   "Nagle meets delayed ACK",
	Cause: "The client writes its request in two parts. The second is small, so Nagle's algorithm holds it back until the first is " +
		"acknowledged. The server has nothing to say before it has the second, so its kernel delays the acknowledgment, for 40 ms. Each waits for the other.",
	Knob:  "setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1), or one write (writev, a buffer) for the whole request",
	Price: "a program that writes byte by byte now sends a packet for each",
	Signs: []string{"took 4", "TcpExtDelayedACKs"},
	picture: func(r *room) *charts.Chart {
		return r.ladder("The second part waits 40 ms for an acknowledgment that waits for it", 60*time.Millisecond, 130*time.Millisecond)
	},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		header, body := r.between(80, 200), r.between(20, 60)
		r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			fd, _, _ := p.Accept4(door, 0)
			for {
				for got := 0; got < header+body; {
					n, err := p.Read(fd, make([]byte, 4096))
					if n == 0 || err != nil {
						return
					}
					got += n
				}
				p.Write(fd, []byte("200 OK\n"))
			}
		})
		var log answers
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			if r.cured {
				set(p, fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
			}
			for range r.between(30, 50) {
				began := r.now()
				p.Write(fd, make([]byte, header))
				p.Write(fd, make([]byte, body))
				_, err := p.Read(fd, make([]byte, 64))
				log.add(r.now()-began, err)
				p.Sleep(20 * time.Millisecond)
			}
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(10 * time.Second)
		r.window(prompt(r.client, "./app -requests"), log.String())
		r.nstat(r.server)
		r.lastPackets(r.client, 8)
	},
}

// lossy has a wire that loses a frame now and then.
var lossy = Patient{
	Complaint: "“Most answers come after a millisecond. One in thirty takes 200 milliseconds more.”",
	Illness:   "packets get lost",
	Cause: "A frame is lost, and nothing comes behind it that would tell: the request is one segment, or the answer is. So only a timer " +
		"notices: a tail loss probe, or the retransmission timeout. Where a single segment is on its way, either waits 200 ms at least.",
	Knob:  "mend the wire: a cable, a duplex mismatch, a queue that is too short (ip -s link, ethtool -S, tc -s qdisc); then, if at all, ip route change … rto_min 20ms",
	Price: "a short timeout sends again what was only late, and takes the window down for it",
	Signs: []string{"TcpRetransSegs", "took 20"},
	play: func(r *room) {
		bad := metro
		bad.Loss = either(r, 0.02, 0)
		r.street(sockets.Limits{}, sockets.Limits{}, bad)
		r.server.Spawn("web", echo)
		var log answers
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			for range r.between(150, 250) {
				began := r.now()
				p.Write(fd, []byte("GET /\n"))
				_, err := p.Read(fd, make([]byte, 64))
				log.add(r.now()-began, err)
				p.Sleep(100 * time.Millisecond)
			}
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(time.Minute)
		r.window(prompt(r.client, "./app -requests"), log.String())
		r.nstat(r.client)
		r.nstat(r.server)
	},
}

// echo answers whatever its one client says.
func echo(p *sockets.Process) {
	door, _ := p.ListenOn(sockets.Any(80), 128)
	fd, _, _ := p.Accept4(door, 0)
	for {
		if n, err := p.Read(fd, make([]byte, 4096)); n == 0 || err != nil {
			return
		}
		p.Write(fd, []byte("200 OK\n"))
	}
}

// slowReader does not read as fast as it is written to.
var slowReader = Patient{
	Complaint: "“The upload stands still. The sender's write does not return, and no packet is lost.”",
	Illness:   "the reader is slow, zero window",
	Cause: "The server's program reads slowly or not at all. Its receive buffer is full (Recv-Q), so its kernel announces a window of 0, " +
		"and the sender's kernel may send nothing but a probe now and then. The rest waits in the sender's buffer (Send-Q), until that is full, too: write blocks.",
	Knob:  "let the program read (a thread that is stuck elsewhere?); a larger net.ipv4.tcp_rmem only moves the moment",
	Price: "buffers are kernel memory, up to tcp_mem of the whole host",
	Signs: []string{"win 0", "TcpExtTCPWinProbe"},
	Also:  []string{"TcpExtTCPZeroWindowDrop"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		pause := either(r, 20*time.Second, 0)
		r.server.Spawn("upload", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			fd, _, _ := p.Accept4(door, 0)
			for {
				if n, err := p.Read(fd, make([]byte, 8192)); n == 0 || err != nil {
					return
				}
				if pause > 0 {
					p.Sleep(pause) // it asks a database
				}
			}
		})
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			p.Write(fd, make([]byte, r.between(600, 900)*1000))
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(8 * time.Second)
		r.ss(r.client, "-tn", "state established", 2)
		r.ss(r.server, "-tn", "state established", 2)
		r.nstat(r.client)
		r.lastPackets(r.client, 4)
	},
}

// smallRing has a card whose ring is too short for a burst.
var smallRing = Patient{
	Complaint: "“At peaks the transfers crawl. There are retransmissions, yet the switch swears that it loses nothing.”",
	Illness:   "the rx ring overflows",
	Cause: "Frames come in a burst, and the card has no free place in its rx ring before the driver has emptied it: the card drops them. " +
		"No protocol has seen them, so only the card counts: rx_missed_errors. To TCP it is loss.",
	Knob:  "ethtool -G eth0 rx 4096; more rings (ethtool -L), or earlier interrupts (ethtool -C eth0 rx-usecs 8)",
	Price: "a buffer for each place, a colder cache, and a longer queue: latency instead of loss",
	Signs: []string{"rx_missed_errors", "TcpRetransSegs"},
	play: func(r *room) {
		ring := either(r, 16, 1024)
		fast := sockets.LinkOptions{Delay: 200 * time.Microsecond, Rate: 1_000_000_000}
		r.street(sockets.Limits{RxRing: ring, RxUsecs: 250 * time.Microsecond, RxFrames: 512}, sockets.Limits{}, fast)
		r.server.Spawn("upload", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			fd, _, _ := p.Accept4(door, 0)
			for {
				if n, err := p.Read(fd, make([]byte, 65536)); n == 0 || err != nil {
					return
				}
			}
		})
		size := r.between(2, 4) * 1_000_000
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			p.Write(fd, make([]byte, size))
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(5 * time.Second)
		r.card(r.server)
		rings, _ := r.server.Ethtool("-g", "eth0")
		r.window(prompt(r.server, "ethtool -g eth0"), rings)
		r.nstat(r.client)
		r.nstat(r.server)
	},
}

// squeezed has more packets than its CPU gets a turn for.
var squeezed = Patient{
	Complaint: "“Under load every answer is a little late. The card drops nothing, and no queue is full.”",
	Illness:   "softirq runs out of budget",
	Cause: "One CPU takes in all packets. A round of the soft interrupt may handle netdev_budget packets; it ends with more of them in the ring and " +
		"leaves them to ksoftirqd, which waits its turn like a program. Each such round counts time_squeeze, the third column of softnet_stat.",
	Knob:  "more rings on more CPUs (ethtool -L eth0 combined 8), RPS; then sysctl -w net.core.netdev_budget=600",
	Price: "a larger budget lets the network take the CPU from programs for longer",
	Signs: []string{"time_squeeze"},
	play: func(r *room) {
		fast := sockets.LinkOptions{Delay: 50 * time.Microsecond, Rate: 10_000_000_000}
		r.street(sockets.Limits{Costs: sockets.KernelCosts}, sockets.Limits{}, fast)
		r.server.SetSysctl("net.core.netdev_budget", either(r, "64", "600"))
		r.server.Spawn("dns", func(p *sockets.Process) {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			p.Bind(fd, sockets.Any(53))
			for {
				_, from, err := p.Recvfrom(fd, make([]byte, 512), 0)
				if err != nil {
					return
				}
				p.Sendto(fd, make([]byte, 64), 0, from)
			}
		})
		peaks, burst := r.between(6, 10), r.between(200, 280)
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			p.Connect(fd, r.server.Addr(53))
			for range peaks {
				for range burst {
					p.Write(fd, make([]byte, 40))
				}
				p.Sleep(2 * time.Millisecond)
			}
		})
		r.lab.RunFor(time.Second)
		r.card(r.server)
		budget, _ := r.server.Sysctl("net.core.netdev_budget")
		r.window(prompt(r.server, "sysctl -n net.core.netdev_budget"), budget)
		text := ""
		for i, c := range r.server.Softnet() {
			text += fmt.Sprintf("cpu%d: processed %d", i, c.Processed)
			if c.Squeezed > 0 {
				text += fmt.Sprintf(", time_squeeze %d", c.Squeezed)
			}
			text += "\n"
		}
		r.window(prompt(r.server, "cat /proc/net/softnet_stat    # columns 1 and 3, where not 0"), text)
		r.nstat(r.server)
	},
}
