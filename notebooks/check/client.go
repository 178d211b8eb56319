package check

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"socketbook/sockets"
)

// Asker is an answer that is a client: it connects to a server, writes a
// question, and returns what the server answers.
type Asker = func(k sockets.Calls, server sockets.SockAddr, question []byte) ([]byte, error)

// AskServer checks a client that gets its answer, though the server may start
// late, and may reset a connection before it has answered. The server answers as
// soon as it has the whole question, and closes. The client tries for two seconds
// at least, and pauses between its tries; Poll without descriptors is a pause.
func AskServer(n int, answer Asker) { askExam(answer).examine().print(n) }

func askExam(answer Asker) *exam {
	d := pick("bytes", "pieces", "short", "nofile", "delayed", "hangup", "loss", "twice", "late")
	for i := range d {
		switch d[i].name {
		case "nofile":
			d[i].levels = []int{8}
		case "bytes":
			d[i].levels = []int{1000, 20_000}
		}
	}
	greeting := mine("AskServer")[0]
	return &exam{name: "ask-server", variant: "AskServer", answer: answer, task: "Connect, write the question, and return what the server answers; try again until it does.",
		dials: d, apart: apart("loss hangup"),
		stage: func(n *sockets.Network, f faults, p *pulse) scene {
			s := &calling{n: n, f: f, pulse: p, question: letter(f["bytes"]), greeting: greeting}
			s.wants = slices.Clone(s.question)
			slices.Reverse(s.wants)
			s.build()
			s.server.Spawn("server", s.serve)
			s.call(func(k *kernel, to sockets.SockAddr) error {
				got, err := answer(k, to, bytes.Clone(s.question))
				s.got = got
				return err
			})
			s.judge = s.asked
			return s
		},
		praise: praise("The answer came, in %s runs, though the server started late, hung up, and the wire lost frames.")}
}

// calling is a run with an answer that is a client.
type calling struct {
	n              *sockets.Network
	server, client *sockets.Host
	f              faults
	pulse          *pulse
	question       []byte
	greeting       int  // a byte that comes before the question; 0: none
	rude           int  // how many questions came with another
	rudely         byte // which that was
	heard          int  // of the question, on the latest connection
	wants, got     []byte

	k     *kernel
	began time.Duration
	took  time.Duration // the answer's time, when it has returned
	ended bool
	err   error
	open  []string // descriptors that the answer has left
	judge func() outcome
}

func (s *calling) program() *sockets.Process { return s.k.p }

func (s *calling) build() {
	limit := 1024
	if s.f["nofile"] > 0 {
		limit = s.f["nofile"]
	}
	s.server = s.n.NewHost("server", sockets.Limits{RxUsecs: -1})
	s.client = s.n.NewHost("client", sockets.Limits{NofileSoft: limit, NofileHard: limit, RxUsecs: -1})
	link := s.n.NewLink(s.client, s.server, wire(s.f))
	if s.f["deaf"] == 1 {
		link.Down()
	}
}

// call starts the answer, and looks at what it has left when it returns.
func (s *calling) call(answer func(k *kernel, to sockets.SockAddr) error) {
	s.client.Spawn("client", func(p *sockets.Process) {
		s.k = newKernel(p, s.n, s.f, s.pulse)
		p.Sleep(time.Millisecond) // the server, if it is not late, listens
		s.began = time.Duration(s.n.Now())
		s.err = answer(s.k, s.server.Addr(port)) // any will do: the answer is told
		s.ended, s.took = true, time.Duration(s.n.Now())-s.began
		for _, d := range p.Descriptors().Rows {
			if d.Kind == "connection" || d.Kind == "socket" {
				s.open = append(s.open, d.Name)
			}
		}
		p.Sleep(time.Second)
	})
}

// serve is the server of AskServer: late, and then it hangs up a few times.
func (s *calling) serve(p *sockets.Process) {
	p.Sleep(time.Duration(s.f["delayed"]) * time.Millisecond)
	door, err := p.ListenOn(sockets.Any(port), 16)
	hangups := s.f["hangup"]
	for err == nil {
		var fd int
		if fd, _, err = p.Accept4(door, 0); err != nil {
			break
		}
		if hangups > 0 {
			hangups--
			p.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_LINGER, []byte{1, 0, 0, 0, 0, 0, 0, 0}, 8)
			p.Close(fd)
			continue
		}
		p.Go(func() { s.answer(p, fd) })
	}
	p.Sleep(time.Hour)
}

// answer serves one connection.
func (s *calling) answer(p *sockets.Process, fd int) {
	defer p.Close(fd)
	if s.greeting != 0 {
		var first [1]byte
		if n, err := p.Read(fd, first[:]); n == 0 || err != nil {
			return
		}
		if int(first[0]) != s.greeting {
			s.rude++
			s.rudely = first[0]
			return // with bytes unread, so it is a reset
		}
	}
	buf := make([]byte, 4096)
	for got := 0; got < len(s.question); {
		n, err := p.Read(fd, buf)
		if n == 0 || err != nil {
			return
		}
		got += n
		s.heard = got
	}
	size := max(1, (len(s.wants)+s.f["pieces"]-1)/max(1, s.f["pieces"]))
	for rest := s.wants; len(rest) > 0; {
		n, err := p.Write(fd, rest[:min(size, len(rest))])
		if err != nil {
			return
		}
		if rest = rest[n:]; len(rest) > 0 {
			p.Sleep(pieceGap)
		}
	}
}

func (s *calling) verdict() outcome {
	if s.k.one.broken() {
		return no(manyThreads)
	}
	return s.judge()
}

// asked is what came of a run of AskServer.
func (s *calling) asked() outcome {
	const tries = 400
	switch err := s.err; {
	case errors.Is(err, Todo):
		return todo("")
	case s.rude > 0:
		return no("The first byte that the server got was %d, and it wants %d: it hung up.", s.rudely, s.greeting)
	case s.k.tries > tries:
		return no("Your client called connect %s times: between two tries it should wait a little.", word(s.k.tries))
	case !s.ended && s.heard < len(s.question):
		return no("Your client never returned: its latest call was %v. The server has %s of the question's %s bytes, and waits for the rest.", s.k.last, word(s.heard), word(len(s.question)))
	case !s.ended:
		return no("Your client never returned: its latest call was %v.", s.k.last)
	case errors.Is(err, sockets.EMFILE):
		return no("Your client ran out of descriptors: %v. A socket whose connect failed is open until it is closed.", err)
	case errors.Is(err, sockets.ECONNREFUSED):
		return no("Your client gave up after %v: %v. The server was not up yet: that may take a second.", s.took.Round(time.Millisecond), err)
	case errors.Is(err, sockets.ECONNRESET), errors.Is(err, sockets.EPIPE):
		return no("Your client gave up: %v. The server has hung up before it answered; the next connection gets its answer.", err)
	case errors.Is(err, sockets.EINPROGRESS):
		return no("Your client took EINPROGRESS for a failure: %v. It says that the handshake has begun.", err)
	case errors.Is(err, sockets.EAGAIN):
		return no("Your client took EAGAIN for a failure: %v. It says \"not now\".", err)
	case err != nil:
		return no("Your client gave up: %v.", err)
	case !bytes.Equal(s.got, s.wants) && bytes.HasPrefix(s.wants, s.got):
		return no("Your client returned %s bytes of %s. An answer ends where Read returns 0 bytes, and an error before that is none.", word(len(s.got)), word(len(s.wants)))
	case !bytes.Equal(s.got, s.wants):
		return no("Your client returned %s bytes, and they are not the %s that the server sent. Of the buffer only the first n bytes are new.", word(len(s.got)), word(len(s.wants)))
	}
	return s.tidy()
}

// tidy looks at what every client should leave behind: nothing.
func (s *calling) tidy() outcome {
	switch {
	case s.k.misuse != "":
		return no("Your client called %s.", s.k.misuse)
	case len(s.open) > 0:
		return no("Your client is done, and still holds %s: %s.", count(len(s.open), "descriptor", "descriptors"), strings.Join(s.open[:1], ""))
	}
	return yes("")
}
