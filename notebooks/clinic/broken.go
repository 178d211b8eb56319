package clinic

import (
	"errors"
	"fmt"
	"time"

	"socketbook/charts"
	"socketbook/sockets"
)

// unreadClose closes while something is still to be read.
var unreadClose = Patient{
	Complaint: "“The server's log says: answer sent, connection closed. The client says: connection reset by peer.”",
	Illness:   "closed with unread data",
	Cause: "The server answers and closes before it has read all that the client sent. close with unread data does not say good-bye, it resets " +
		"(RFC 2525 §2.17). The client is in the middle of its upload: its next write says ECONNRESET, and its program gives up before it has read the answer.",
	Knob:  "read to the end before close: shutdown(fd, SHUT_WR), read until 0, close",
	Price: "a client that never stops sending keeps the descriptor: give the reading a bound in time and bytes",
	Signs: []string{"ECONNRESET", "TcpExtTCPAbortOnClose", "Flags [R"},
	picture: func(r *room) *charts.Chart {
		return r.ladder("The answer and a reset, while the upload goes on", 0, 20*time.Millisecond)
	},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		body := r.between(20, 60) * 1000
		r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			fd, _, _ := p.Accept4(door, 0)
			p.Read(fd, make([]byte, 4096)) // the header is enough to say no
			p.Sleep(5 * time.Millisecond)
			p.Write(fd, []byte("413 too large\n"))
			if r.cured {
				p.Shutdown(fd, 1) // SHUT_WR
				for n := 1; n > 0; {
					n, _ = p.Read(fd, make([]byte, 4096))
				}
			}
			p.Close(fd)
			p.Sleep(time.Hour)
		})
		said := ""
		r.client.Spawn("app", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			for sent := 0; sent < body; sent += 4000 {
				if _, err := p.Write(fd, make([]byte, 4000)); err != nil {
					said = fmt.Sprintf("upload failed: %v\n", err)
					return
				}
				p.Sleep(2 * time.Millisecond)
			}
			buffer := make([]byte, 64)
			n, err := p.Read(fd, buffer)
			said = fmt.Sprintf("the server says %q, error: %v\n", buffer[:max(0, n)], err)
			p.Close(fd)
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(time.Second)
		r.window(prompt(r.client, "./app -upload"), said)
		r.nstat(r.server)
		r.lastPackets(r.client, 5)
	},
}

// stale uses a connection that the other side has given up.
var stale = Patient{
	Complaint: "“The first request after a pause fails: broken pipe. The second try works.”",
	Illness:   "writes to a peer that has closed",
	Cause: "The server has closed a connection that was idle for long; the client's kernel knows (CLOSE-WAIT), its program has not looked. Its first write " +
		"is taken, and the server's kernel answers it with RST, since nobody holds that socket. The second write finds the RST: EPIPE, and SIGPIPE.",
	Knob:  "before a connection from a pool is used again, look whether there is an end to read (poll, MSG_PEEK); keep them for less time than the server does",
	Price: "a call more for each use; it may still happen: a request that may be sent twice should be",
	Signs: []string{"EPIPE", "TcpExtTCPAbortOnData", "CLOSE-WAIT"},
	picture: func(r *room) *charts.Chart {
		return r.ladder("The server's good-bye, unread, and what the next write is told", 0, 30*time.Second)
	},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		idle := time.Duration(r.between(5, 15)) * time.Second
		const request, host = "GET /\n", "Host: web\n"
		r.server.Spawn("web", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(80), 128)
			for {
				fd, _, err := p.Accept4(door, 0)
				if err != nil {
					return
				}
				p.Go(func() {
					for got := 0; ; {
						n, _ := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLIN}}, 1, idle)
						if n > 0 {
							n, _ = p.Read(fd, make([]byte, 512))
						}
						if n == 0 {
							p.Close(fd)
							return
						}
						if got += n; got%len(request+host) == 0 {
							p.Write(fd, []byte("200 OK\n"))
						}
					}
				})
			}
		})
		pool := r.client.Spawn("pool", func(p *sockets.Process) {
			fd, _ := p.Dial(r.server.Addr(80))
			for _, pause := range []time.Duration{0, 20 * time.Second} {
				p.Sleep(pause)
				if r.cured && isEnd(p, fd) {
					p.Close(fd)
					fd, _ = p.Dial(r.server.Addr(80))
				}
				p.Write(fd, []byte(request))
				p.Sleep(5 * time.Millisecond)
				if _, err := p.Write(fd, []byte(host)); err == nil {
					p.Read(fd, make([]byte, 64))
				}
			}
			p.Sleep(time.Hour)
		})
		r.lab.RunFor(19 * time.Second)
		r.ss(r.client, "-tanp", "", 3)
		r.lab.RunFor(20 * time.Second)
		r.strace(pool, 6)
		r.nstat(r.server)
		r.lastPackets(r.client, 6)
	},
}

// halfOpen lost its clients without a word.
var halfOpen = Patient{
	Complaint: "“The statistics say that all the users of the office are on line. The office has had no power for three hours.”",
	Illness:   "half-open connections, no keepalive",
	Cause: "A machine without power says no good-bye. The server has nothing to send, so nothing is ever missing: the connection stays ESTAB for ever. " +
		"TCP asks a quiet peer only if the program wants it to.",
	Knob:  "SO_KEEPALIVE with TCP_KEEPIDLE, _INTVL and _CNT (the defaults ask after two hours); better a ping of the protocol's own",
	Price: "a packet each interval for each idle connection; a short outage now ends connections that would have lived",
	Signs: []string{"ESTAB"},
	Also:  []string{"TcpExtTCPKeepAlive", "TcpExtTCPAbortOnTimeout"},
	play: func(r *room) {
		r.street(sockets.Limits{}, sockets.Limits{}, metro)
		users := r.between(20, 60)
		r.server.Spawn("chat", func(p *sockets.Process) {
			door, _ := p.ListenOn(sockets.Any(5222), 128)
			for {
				fd, _, err := p.Accept4(door, 0)
				if err != nil {
					return
				}
				if r.cured {
					set(p, fd, sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
					set(p, fd, sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE, 60)
					set(p, fd, sockets.IPPROTO_TCP, sockets.TCP_KEEPINTVL, 10)
					set(p, fd, sockets.IPPROTO_TCP, sockets.TCP_KEEPCNT, 3)
				}
				p.Go(func() {
					for {
						if n, err := p.Read(fd, make([]byte, 512)); n == 0 || err != nil {
							p.Close(fd)
							return
						}
					}
				})
			}
		})
		r.client.NewLoad(r.server.Addr(5222), sockets.LoadOptions{Clients: users, Within: time.Second, Send: []byte("hello")})
		r.lab.RunFor(2 * time.Second)
		r.wire.Down() // noon
		r.lab.RunFor(3 * time.Hour)
		r.window(prompt(r.server, "uptime -p"), "up "+r.now().Truncate(time.Minute).String())
		r.window(prompt(r.server, "ss -tan | cut -d' ' -f1 | sort | uniq -c"), r.server.SocketStates().String())
		r.ss(r.server, "-tan", "state established", 3)
		r.nstat(r.server)
		r.lastPackets(r.server, 2)
	},
}

// isEnd tells whether a peer has closed: it looks, and takes nothing.
func isEnd(p *sockets.Process, fd int) bool {
	n, _, err := p.Recvfrom(fd, make([]byte, 1), sockets.MSG_PEEK|sockets.MSG_DONTWAIT)
	return n == 0 && err == nil || err != nil && !errors.Is(err, sockets.EAGAIN)
}
