package check

import (
	"errors"
	"strings"
	"time"

	"socketbook/sockets"
)

// Server is an answer that serves clients: it makes all its calls through k and
// goes on as long as it is let.
type Server = func(k sockets.Calls) error

// A service is what a server is to do for its clients.
type service struct {
	port  uint16
	reply func(sent []byte) []byte
	hint  string // what is said when it is something else
	half  bool   // clients always shut down their side, and read to the end
}

// doorstep is when the first clients come: by then a server listens.
const doorstep = 20 * time.Millisecond

// serving is a run with an answer that is a server.
type serving struct {
	n              *sockets.Network
	server, client *sockets.Host
	f              faults
	answer         Server
	port           uint16
	hint           string
	pulse          *pulse

	k        *kernel
	guests   []*guest
	crowd    *sockets.Load
	there    sockets.LoadResult // of the crowd, at the end
	again    bool               // it is its second life
	ended    bool               // the answer returned before its time
	err      error
	leaks    []string
	refusals sockets.SocketRows // the listeners at the end
}

func serve(answer Server, work service) func(n *sockets.Network, f faults, p *pulse) scene {
	return func(n *sockets.Network, f faults, p *pulse) scene {
		s := &serving{n: n, f: f, answer: answer, pulse: p, port: work.port, hint: work.hint}
		s.build()
		s.open()
		s.invite(work)
		s.client.Spawn("director", s.direct)
		return s
	}
}

func (s *serving) program() *sockets.Process { return s.k.p }

// wire is the link of a run.
func wire(f faults) sockets.LinkOptions {
	o := sockets.LinkOptions{Delay: 100 * time.Microsecond, Loss: float64(f["loss"]) / 100,
		Duplicate: float64(f["twice"]) / 100, Reorder: float64(f["late"]) / 100, ReorderDelay: time.Millisecond}
	if far := f["far"]; far > 0 {
		o.Delay = time.Duration(far) * time.Millisecond
	}
	return o
}

func (s *serving) build() {
	limit := 1024
	if s.f["crowd"] > 0 {
		limit = 4096
	}
	if s.f["nofile"] > 0 {
		limit = s.f["nofile"]
	}
	s.server = s.n.NewHost("server", sockets.Limits{NofileSoft: limit, NofileHard: limit, RxUsecs: -1})
	s.client = s.n.NewHost("client", sockets.Limits{RxUsecs: -1})
	s.n.NewLink(s.client, s.server, wire(s.f))
	buffer := s.f["buffer"]
	if buffer == 0 && s.f["slow"]+s.f["reset"] > 0 {
		buffer = 4608 // so that one who does not read is felt
	}
	narrow(buffer, s.server, s.client)
}

// narrow gives hosts socket buffers of so many bytes.
func narrow(bytes int, hosts ...*sockets.Host) {
	if bytes == 0 {
		return
	}
	size := strings.ReplaceAll("N N N", "N", plain(max(bytes, 4608)))
	for _, h := range hosts {
		h.SetSysctl("net.ipv4.tcp_rmem", size)
		h.SetSysctl("net.ipv4.tcp_wmem", size)
	}
}

// open starts the server.
func (s *serving) open() {
	s.server.Spawn("server", func(p *sockets.Process) {
		s.k = newKernel(p, s.n, s.f, s.pulse)
		err := s.answer(s.k)
		s.ended, s.err = true, err
	})
}

// invite makes the guests.
func (s *serving) invite(work service) {
	add := func(n int, kind guestKind, starts, gap time.Duration, bytes int) {
		for range n {
			sends := letter(bytes)
			if k := len(s.guests) % 26; bytes > 0 {
				sends[0] = 'A' + byte(k) // so that letters are not alike
			}
			s.guests = append(s.guests, &guest{kind: kind, starts: starts, sends: sends, wants: work.reply(sends),
				pieces: max(1, s.f["pieces"]), half: work.half || s.f["half"] == 1})
			starts += gap
		}
	}
	bytes := s.f["bytes"]
	first := doorstep
	add(s.f["reset"], resetGuest, first, time.Millisecond, max(40_000, bytes))
	add(s.f["silent"], silentGuest, first, time.Microsecond, bytes)
	add(s.f["slow"], slowGuest, first+time.Millisecond, time.Microsecond, max(40_000, bytes))
	add(s.f["burst"], plainGuest, first+2*time.Millisecond, 0, bytes)
	add(s.f["clients"], plainGuest, first+25*time.Millisecond, 5*time.Millisecond, bytes)
}

// direct is the program that leads through a run.
func (s *serving) direct(p *sockets.Process) {
	to := s.server.Addr(s.port)
	if s.f["restart"] == 1 {
		s.restart(p, to)
	}
	if crowd := s.f["crowd"]; crowd > 0 {
		p.Sleep(doorstep / 4)
		s.crowd = s.client.NewLoad(to, sockets.LoadOptions{Clients: crowd, Within: doorstep / 2, HoldFor: time.Minute})
	}
	now := func() time.Duration { return time.Duration(s.n.Now()) }
	for _, g := range s.guests {
		s.client.Spawn("client", func(p *sockets.Process) { g.visit(p, to, now) })
	}
	for range 5000 { // 500 s: loss upon loss doubles a pause again and again
		if p.Sleep(100 * time.Millisecond); s.ended || s.allGone() {
			break
		}
	}
	p.Sleep(2 * time.Second)
	s.curtain()
}

// restart kills the server while a client is connected, and starts it again.
func (s *serving) restart(p *sockets.Process, to sockets.SockAddr) {
	p.Sleep(5 * time.Millisecond)
	fd, err := p.Dial(to)
	if err != nil || s.ended {
		return // the others will say so
	}
	p.Sleep(5 * time.Millisecond)
	s.k.p.Exit()
	p.Read(fd, make([]byte, 1))
	p.Close(fd)
	p.Sleep(5 * time.Millisecond)
	s.again = true
	s.open()
}

func (s *serving) allGone() bool {
	for _, g := range s.guests {
		if g.phase != gone {
			return false
		}
	}
	return true
}

// curtain looks at what is left, and ends the server.
func (s *serving) curtain() {
	if s.crowd != nil {
		s.there = s.crowd.Result()
	}
	s.refusals = s.server.Sockets().In(sockets.Listen)
	s.k.over = true
	for _, g := range s.guests {
		g.over = true
	}
	for _, d := range s.k.p.Descriptors().Rows {
		if d.Kind != "connection" && d.Kind != "socket" {
			continue
		}
		if strings.Contains(d.Name, "(ESTABLISHED)") && (s.f["loss"] > 0 || s.f["crowd"] > 0) {
			continue // its client's last word may be lost, or it is still there
		}
		s.leaks = append(s.leaks, d.Name)
	}
	s.k.p.Exit()
}

// verdict is what came of the run.
func (s *serving) verdict() outcome {
	if errors.Is(s.err, Todo) {
		return todo("")
	}
	if s.k.one.broken() {
		return no(manyThreads)
	}
	if s.ended {
		return s.whyEnded()
	}
	if o, found := s.whyRefused(); found {
		return o
	}
	overflows := s.server.Stats().ListenOverflows
	clear := s.f["loss"] == 0
	if s.f["burst"] > 0 && clear && overflows > 0 {
		return no("%s came at one instant, and the kernel dropped %s for want of room in the accept queue: those who were meant wait a second until they knock again. The queue takes as many as the backlog of listen says, and one more.",
			count(s.f["burst"], "client", "clients"), count(int(overflows), "segment", "segments"))
	}
	for _, g := range s.guests {
		if o, found := g.complaint(s.patient(), s.hint); found {
			return s.waiting(o)
		}
	}
	switch {
	case s.k.misuse != "":
		return no("Your server called %s.", s.k.misuse)
	case len(s.leaks) > 0:
		return no("All clients have gone, and your server still holds %s: %s. Each takes a descriptor, and in the end there are none.", count(len(s.leaks), "descriptor", "descriptors"), s.leaks[0])
	case s.crowd != nil && s.there.Connected < s.f["crowd"]:
		return no("Of %s clients that say nothing %s were connected.", word(s.f["crowd"]), word(s.there.Connected))
	case s.crowd != nil && s.there.Open < s.f["crowd"]:
		return no("Of %s clients that say nothing, your server hung up on %s.", word(s.f["crowd"]), word(s.f["crowd"]-s.there.Open))
	}
	return yes("")
}

// patient is when a client should have been served, whatever others do. Where
// descriptors are few or frames are lost, there is no telling.
func (s *serving) patient() time.Duration {
	switch {
	case s.f["loss"] > 0 || s.f["nofile"] > 0:
		return runFor
	case s.f["slow"] > 0:
		return slowFor
	case s.f["silent"] > 0:
		return quietFor
	}
	return runFor
}

// waiting says more of a client that waits, if the server shows more.
func (s *serving) waiting(o outcome) outcome {
	for _, l := range s.refusals {
		if l.RecvQ > 0 && strings.Contains(o.text, "to this day") {
			o.text += " " + upper(count(l.RecvQ, "connection waits", "connections wait")) + " in the accept queue, and your server does not accept: its latest call was " + s.k.last.String() + "."
			return o
		}
	}
	if strings.Contains(o.text, "to this day") {
		o.text += " The latest call of your server was " + s.k.last.String() + "."
	}
	return o
}
