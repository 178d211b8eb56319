package clinic

import (
	"time"

	"socketbook/charts"
	"socketbook/sockets"
)

// fullQueue accepts too slowly for its backlog.
var fullQueue = Patient{
	Complaint: "“Connecting mostly takes a millisecond, and now and then exactly one second. Or two.”",
	Illness:   "full accept queue",
	Cause: "More clients come than the program accepts, and the accept queue is full: Recv-Q of the LISTEN row is above its " +
		"Send-Q, the backlog. The kernel drops the next SYN and counts ListenOverflows; the client's kernel sends it again a second later.",
	Knob:  "accept faster (a thread that does nothing else); for bursts a larger backlog: listen(fd, 4096) and sysctl -w net.core.somaxconn=4096",
	Price: "a longer queue is a longer wait: it hides that the program is too slow, and each place takes 2.9 kB when it is taken",
	Signs: []string{"TcpExtListenOverflows", "took 1s"},
	picture: func(r *room) *charts.Chart {
		return charts.Queue(r.lab.Tape().AcceptQueue(r.server, 80))
	},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		clients, backlog := r.between(24, 36), either(r, r.between(3, 6), 128)
		r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), backlog)
			for {
				if _, _, err := p.Accept4(door, 0); err != nil {
					return
				}
				p.Sleep(30 * time.Millisecond) // it does its work before it accepts again
			}
		})
		var log answers
		for i := range clients {
			r.client.Spawn("app", func(p *sockets.Process) {
				p.Sleep(time.Duration(1+5*i) * time.Millisecond)
				began := r.now()
				_, err := p.Dial(r.server.Addr(80))
				log.add(r.now()-began, err)
				p.Sleep(time.Hour)
			})
		}
		r.lab.RunFor(150 * time.Millisecond)
		r.ss(r.server, "-lnt", "state listening", 1)
		r.lab.RunFor(20 * time.Second)
		r.window(prompt(r.client, "./app -connect"), log.String())
		r.nstat(r.server)
		r.nstat(r.client)
	},
}

// synFlood is under attack.
var synFlood = Patient{
	Complaint: "“Nobody can connect any more. The server is idle, and ss shows connections from nowhere.”",
	Illness:   "SYN flood",
	Cause: "SYNs come from addresses that never answer. Each takes a place in the SYN queue (SYN-RECV) until its SYN-ACK has " +
		"been sent six times, about a minute. With tcp_syncookies off, the SYNs of real clients find no place: TCPReqQFullDrop.",
	Knob:  "sysctl -w net.ipv4.tcp_syncookies=1 (the default); net.ipv4.tcp_max_syn_backlog and somaxconn for room; a filter upstream",
	Price: "a connection from a cookie has lost what its SYN said, unless timestamps carry it; the link is still flooded",
	Signs: []string{"SYN-RECV", "TcpExtTCPReqQFullDrop"},
	play: func(r *room) {
		r.street(sockets.Limits{Somaxconn: 64}, sockets.Limits{SynRetries: 2}, metro)
		attackers := r.lab.NewHost("nowhere", sockets.Limits{})
		attackers.AddAddrs("203.0.113.1", 200)
		deaf := metro
		deaf.Loss = 1 // no SYN-ACK ever reaches them
		r.lab.NewAsymmetricLink(attackers, r.server, metro, deaf)
		r.server.SetSysctl("net.ipv4.tcp_syncookies", either(r, "0", "1"))
		r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(443), 64)
			for {
				if _, _, err := p.Accept4(door, 0); err != nil {
					return
				}
			}
		})
		attackers.NewLoad(r.server.Addr(443), sockets.LoadOptions{Clients: r.between(400, 700), Within: time.Second})
		var log answers
		r.client.Spawn("app", func(p *sockets.Process) {
			p.Sleep(900 * time.Millisecond)
			began := r.now()
			_, err := p.Dial(r.server.Addr(443))
			log.add(r.now()-began, err)
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(2 * time.Second)
		r.window(prompt(r.server, "ss -tan | cut -d' ' -f1 | sort | uniq -c"), r.server.SocketStates().String())
		r.ss(r.server, "-tan", "state syn-recv", 3)
		r.lab.RunFor(30 * time.Second)
		r.window(prompt(r.client, "./app -connect"), log.String())
		r.nstat(r.server)
	},
}

// spinning has no descriptor left, and a loop that does not mind.
var spinning = Patient{
	Complaint: "“Old clients are served, new ones hang. And the server takes a whole CPU, though nothing happens.”",
	Illness:   "out of descriptors, and the loop spins",
	Cause: "accept4 says EMFILE and leaves the connection in the queue. The listener stays readable, so a level-triggered " +
		"epoll_wait returns at once, and the loop tries again: for ever, as fast as it can.",
	Knob:  "raise the limit: LimitNOFILE= of the service; and in the program: at EMFILE pause, or close a spare descriptor, accept, and close",
	Price: "8 bytes of table a descriptor; select() breaks from 1,024 on; who pauses answers newcomers late",
	Signs: []string{"EMFILE", "epoll_wait"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		nofile := r.between(24, 40)
		web := r.server.Spawn("web", func(p *sockets.Process) {
			p.Setrlimit(either(r, nofile, 1024), 1024)
			door, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
			p.Bind(door, sockets.Any(80))
			p.Listen(door, 128)
			ep, _ := p.EpollCreate1(0)
			p.EpollCtl(ep, sockets.EPOLL_CTL_ADD, door, &sockets.EpollEvent{Events: sockets.EPOLLIN, Data: uint64(door)})
			for {
				if _, err := p.EpollWait(ep, 16, -1); err != nil {
					return
				}
				p.Accept4(door, sockets.SOCK_NONBLOCK)
				p.Sleep(20 * time.Microsecond) // what a turn of the loop takes
			}
		})
		r.client.NewLoad(r.server.Addr(80), sockets.LoadOptions{Clients: nofile + r.between(5, 15), Within: 20 * time.Millisecond})
		r.lab.RunFor(40 * time.Millisecond)
		r.strace(web, 6)
		r.ss(r.server, "-lntp", "state listening", 1)
		soft, hard, _ := web.Getrlimit()
		r.window(prompt(r.server, "prlimit -n -p "+pid(web)+" -o SOFT,HARD --noheadings; ls /proc/"+pid(web)+"/fd | wc -l"),
			number(soft)+" "+number(hard)+"\n"+number(web.Open()))
	},
}

// leaking forgets to close.
var leaking = Patient{
	Complaint: "“It runs for a week, then it is out of descriptors. There are hardly any users.”",
	Illness:   "the program does not close",
	Cause: "The clients have closed, and the kernel has told the program: read returns 0. The program does not call close, so each socket " +
		"stays in CLOSE-WAIT with its descriptor and its memory, for as long as the process lives. No timer ends it.",
	Knob:  "close(fd) when read returns 0, and on every path that leaves on an error; no sysctl helps",
	Price: "none. (A restart helps for another week.)",
	Signs: []string{"CLOSE-WAIT"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		gone, there := r.between(60, 200), r.between(3, 9)
		web := r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			for {
				fd, _, err := p.Accept4(door, 0)
				if err != nil {
					return
				}
				p.Go(func() {
					for {
						if n, err := p.Read(fd, make([]byte, 512)); n == 0 || err != nil {
							break
						}
						p.Write(fd, []byte("200 OK\n"))
					}
					if r.cured {
						p.Close(fd)
					}
				})
			}
		})
		visit := sockets.LoadOptions{Clients: gone, Within: time.Second, Send: []byte("GET /\n"), HoldFor: 50 * time.Millisecond}
		r.client.NewLoad(r.server.Addr(80), visit)
		r.client.NewLoad(r.server.Addr(80), sockets.LoadOptions{Clients: there, Within: time.Second})
		r.lab.RunFor(2 * time.Minute)
		r.window(prompt(r.server, "ss -tan | cut -d' ' -f1 | sort | uniq -c"), r.server.SocketStates().String())
		r.ss(r.server, "-tanp", "", 5)
		r.window(prompt(r.server, "ls /proc/"+pid(web)+"/fd | wc -l"), number(web.Open()))
		r.nstat(r.server)
	},
}
