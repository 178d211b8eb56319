package check

import (
	"bytes"
	"errors"
	"time"

	"socketbook/sockets"
)

// A guest is a client of the answer's server: a program of the engine's.
type guest struct {
	kind   guestKind
	starts time.Duration
	sends  []byte
	wants  []byte
	pieces int
	half   bool // shuts down its side before it reads, and reads to the end

	phase phase
	got   []byte
	err   error // of its connect or its read
	ended bool  // it read the end
	over  bool  // the run is: what happens now does not count
	at    time.Duration
}

type guestKind uint8

const (
	plainGuest  guestKind = iota
	silentGuest           // says nothing for quietFor
	slowGuest             // does not read for slowFor
	resetGuest            // resets the connection in mid-message
)

const shutWR = 1 // of shutdown(2): nothing more will be written

const (
	quietFor = 10 * time.Second
	slowFor  = 5 * time.Second
	pieceGap = 3 * time.Millisecond
)

// phase is how far a guest has come.
type phase uint8

const (
	outside phase = iota
	connected
	gone
)

// visit is the guest's program.
func (g *guest) visit(p *sockets.Process, to sockets.SockAddr, clock func() time.Duration) {
	p.Sleep(g.starts)
	defer func() {
		if !g.over {
			g.phase, g.at = gone, clock()
		}
	}()
	fd, err := p.Dial(to)
	if g.over {
		return
	}
	if err != nil {
		g.err = err
		return
	}
	g.phase = connected
	switch g.kind {
	case silentGuest:
		p.Sleep(quietFor)
	case resetGuest:
		for rest := g.sends[:max(1, len(g.sends)/2)]; len(rest) > 0; {
			n, err := p.Sendto(fd, rest, sockets.MSG_DONTWAIT, nil)
			if p.Sleep(pieceGap); err != nil || n < len(rest) && n < 1000 {
				break // the server takes no more: enough
			}
			rest = rest[n:]
		}
		p.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_LINGER, []byte{1, 0, 0, 0, 0, 0, 0, 0}, 8)
		p.Close(fd)
		return
	}
	p.Go(func() { g.write(p, fd) })
	if g.kind == slowGuest {
		p.Sleep(slowFor)
	}
	for buf := make([]byte, 4096); !g.full(); {
		n, err := p.Read(fd, buf)
		if g.over {
			return
		}
		if n == 0 || err != nil {
			g.err, g.ended = err, err == nil
			break
		}
		g.got = append(g.got, buf[:n]...)
	}
	p.Close(fd)
}

// full reports whether the guest has heard enough.
func (g *guest) full() bool {
	if g.half {
		return len(g.got) > len(g.wants) // it reads to the end
	}
	return len(g.got) >= len(g.wants)
}

func (g *guest) write(p *sockets.Process, fd int) {
	size := (len(g.sends) + g.pieces - 1) / g.pieces
	for rest := g.sends; len(rest) > 0; {
		n, err := p.Write(fd, rest[:min(max(1, size), len(rest))])
		if err != nil {
			return // its read says why
		}
		if rest = rest[n:]; len(rest) > 0 {
			p.Sleep(pieceGap)
		}
	}
	if g.half {
		p.Shutdown(fd, shutWR)
	}
}

// complaint is what a guest has to say in the end, and whether it has anything
// to say.
func (g *guest) complaint(patient time.Duration, hint string) (outcome, bool) {
	if g.kind == resetGuest {
		return outcome{}, false
	}
	sent, got, want := word(len(g.sends)), word(len(g.got)), word(len(g.wants))
	same := 0
	for same < min(len(g.got), len(g.wants)) && g.got[same] == g.wants[same] {
		same++
	}
	switch {
	case same < min(len(g.got), len(g.wants)):
		return no("A client that sent %s bytes got %q, and it wants %q: from byte %s on it is not what it should be. %s",
			sent, around(g.got, same), around(g.wants, same), word(same), hint), true
	case len(g.got) > len(g.wants):
		return no("A client that wants %s bytes got more: %s.", want, got), true
	case errors.Is(g.err, sockets.ECONNRESET):
		return no("A client sent %s bytes and got %s of %s; then its read failed with ECONNRESET. Your server closed while bytes of the client were unread, or the kernel closed for it: the rest of the answer is lost with them. Read until Read returns 0 bytes, then close.", sent, got, want), true
	case g.err != nil:
		return no("A client failed: %v.", g.err), true
	case g.ended && len(g.got) < len(g.wants):
		return no("A client sent %s bytes, got %s of %s, and then read the end: your server closed too early. One Read is not one message, and Write may take less than it is given.", sent, got, want), true
	case g.phase == connected && g.half && bytes.Equal(g.got, g.wants):
		return no("A client has its whole answer, has shut down its side, and waits for the end: your server does not close. Read returns 0 bytes when the client has nothing more to say."), true
	case g.phase == connected && len(g.got) > 0:
		return no("A client sent %s bytes, got %s of %s, and waits for the rest to this day. What Write did not take has to be written again, and what was not read in time is still there to be read.", sent, got, want), true
	case g.phase == connected:
		return no("A client sent %s bytes, got %s of %s, and waits for the rest to this day.", sent, got, want), true
	case g.phase == outside:
		return no("A client waits for its connection to this day."), true
	case g.kind == plainGuest && g.at > patient && patient == slowFor:
		return no("A client had to wait until another, which did not read its answer, began to read: your server slept in a call for that one."), true
	case g.kind == plainGuest && g.at > patient:
		return no("A client had to wait until another, which said nothing, had gone: your server slept in a call for that one."), true
	}
	return outcome{}, false
}

// around is a few bytes at a place.
func around(b []byte, at int) string { return string(b[max(0, at-5):min(len(b), at+15)]) }
