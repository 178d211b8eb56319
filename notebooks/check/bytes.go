package check

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"socketbook/sockets"
)

// The exercises of lesson 5.

// ReadAll checks a function that reads a connection to its end and returns all
// that came.
func ReadAll(answer func(p *sockets.Process, fd int) ([]byte, error)) {
	own("ReadAll", readAll(answer)).print(1)
}

// readSeeds is how many letters ReadAll sends: the lesson's first, then others, in
// other pieces, over wires that lose, double and delay frames.
const readSeeds = 100

func readAll(answer func(p *sockets.Process, fd int) ([]byte, error)) outcome {
	if answer == nil {
		return todo(readTask)
	}
	for seed := uint64(1); seed <= readSeeds; seed++ {
		m := mail{seed: seed, bytes: 5000, piece: 1000, wire: sockets.LinkOptions{Delay: time.Microsecond}}
		how := ""
		if seed > 1 {
			r := rand.New(rand.NewPCG(seed, 5))
			m.bytes, m.piece = r.IntN(9000), 1+r.IntN(3000)
			how = fmt.Sprintf(" (That was with %s bytes in pieces of %s.)", word(m.bytes), word(m.piece))
			if seed > readSeeds/2 {
				m.wire = sockets.LinkOptions{Delay: time.Millisecond, Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, ReorderDelay: 5 * time.Millisecond}
				how = fmt.Sprintf(" (That was with %s bytes in pieces of %s, over a wire that loses, doubles and delays frames; seed %d.)", word(m.bytes), word(m.piece), seed)
			}
		}
		if o := m.read(answer); o.state != "" {
			o.text += how
			return o
		}
	}
	return yes("All %s bytes, in order, though they came in pieces; and so for %d other letters, half of them over a bad wire.", word(5000), readSeeds-1)
}

const readTask = "Read until the end, and return all the bytes."

// mail is a letter and how it comes.
type mail struct {
	seed         uint64
	bytes, piece int
	wire         sockets.LinkOptions
}

// read lets the answer read one letter; an empty outcome means that all was well.
func (m mail) read(answer func(p *sockets.Process, fd int) ([]byte, error)) outcome {
	sent, header := letter(m.bytes), bytes.Repeat([]byte("#"), mine("ReadAll")[0])
	lab, p, fd, err := visitOn(m.seed, m.wire, func(c *sockets.Process, conn int) {
		for rest := slices.Concat(header, sent); len(rest) > 0; c.Sleep(10 * time.Millisecond) {
			n, _ := c.Write(conn, rest[:min(m.piece, len(rest))])
			rest = rest[n:]
		}
		c.Close(conn)
	})
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	var got []byte
	if endless(func() { got, err = answer(p, fd) }) {
		return no("Your function does not come to an end. Once the client has closed, Read returns 0 bytes, and no error, each time it is called.")
	}
	defer lab.Close()
	if o, is := still(readTask, err); is {
		return o
	}
	n := 0
	for n < len(got) && n < len(sent) && got[n] == sent[n] {
		n++
	}
	switch {
	case err != nil:
		return no("Your function gave up with an error: %v.", err)
	case len(header) > 0 && len(got) > 0 && got[0] == header[0]:
		return no("What you returned begins with %q, which is of the header. It may come in several pieces, as all bytes do.", got[:min(len(got), 5)])
	case len(got) == 0 && len(sent) > 0:
		return no("You returned nothing, %s bytes were sent.", word(len(sent)))
	case n == len(sent) && len(got) > n:
		return no("All %s bytes are there, but %s more stand behind them. Of the buffer, only the first n bytes are new, with the n that Read returned.", word(n), word(len(got)-n))
	case n < len(got):
		return no("From byte %s on it is not what was sent. Of the buffer, only the first n bytes are new, with the n that Read returned.", word(n))
	case n < len(sent):
		return no("You returned the first %s of %s bytes. Read gives what has come so far; the rest was still on its way.", word(n), word(len(sent)))
	}
	return outcome{}
}

// letter is n bytes that do not look alike.
func letter(n int) []byte {
	return bytes.Repeat([]byte("Dear server, this is a letter. "), n/31+1)[:n]
}

// visit connects a client program to a server, which has accepted it as fd.
func visit(client func(c *sockets.Process, conn int)) (lab *sockets.Network, p *sockets.Process, fd int, err error) {
	return visitOn(1, sockets.LinkOptions{Delay: time.Microsecond}, client)
}

// visitOn is the same with another seed, and another wire.
func visitOn(seed uint64, wire sockets.LinkOptions, client func(c *sockets.Process, conn int)) (lab *sockets.Network, p *sockets.Process, fd int, err error) {
	lab, server, host := streetOn(seed, wire, sockets.Limits{}, sockets.Limits{})
	p = server.NewProcess("web")
	door, err := p.ListenOn(sockets.Any(80), 5)
	if err != nil {
		return lab, p, -1, err
	}
	host.Spawn("client", func(c *sockets.Process) {
		if conn, err := c.Dial(server.Addr(80)); err == nil {
			client(c, conn)
		}
		c.Sleep(time.Hour)
	})
	fd, _, err = p.Accept4(door, 0)
	return lab, p, fd, err
}

// Copied checks how many bytes the server's CPU has copied when a client has
// sent 16,000 and the program has read once, with a buffer of 1,000.
func Copied(answer int) { own("Copied", copied(answer)).print(2) }

func copied(answer int) outcome {
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	sent, buffer := mine("Copied")[0], mine("Copied")[1]
	lab, p, fd, err := visit(func(c *sockets.Process, conn int) { c.Write(conn, make([]byte, sent)) })
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	defer lab.Close()
	lab.RunFor(time.Millisecond)
	p.Read(fd, make([]byte, buffer))
	s := p.Host().Stats()
	switch up := int(s.BytesCopiedUp); {
	case answer == up:
		return yes("%s bytes. The other %s lie in the receive queue, where they were put without a copy.", word(up), word(sent-up))
	case answer == sent:
		return no("That many bytes came, and the card wrote them to memory. Which of them did the CPU touch?")
	case answer == sent+buffer:
		return no("That counts a copy into the receive queue. Look at the tape: packets are queued there as they are.")
	case answer == int(s.RxBytes):
		return no("That is what the card wrote, headers and all. The question is what the CPU copied.")
	}
	return no("The CPU of the server did not copy %s bytes. At which station does it copy at all?", word(answer))
}

// HangUp checks a function that closes a connection so that the client, who
// has sent ten bytes and waits, reads the end and not a reset.
func HangUp(answer func(p *sockets.Process, fd int) error) { own("HangUp", hangUp(answer)).print(3) }

func hangUp(answer func(p *sockets.Process, fd int) error) outcome {
	const task = "Close the connection politely."
	if answer == nil {
		return todo(task)
	}
	sends, farewell := mine("HangUp")[0], mine("HangUp")[1]
	heard, ended := errors.New("nothing"), false // what the client's last read says
	var last []byte                              // and what it has read before
	lab, p, fd, err := visit(func(c *sockets.Process, conn int) {
		c.Write(conn, letter(sends))
		for n, buf := 1, make([]byte, 100); n > 0; {
			if n, heard = c.Read(conn, buf); n > 0 {
				last = append(last, buf[:n]...)
			}
		}
		ended = true
	})
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	lab.RunFor(time.Millisecond)
	if endless(func() { err = answer(p, fd) }) {
		return no("Your function does not come to an end.")
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o
	}
	var stuck *sockets.StuckError
	if errors.As(err, &stuck) {
		return no("Your Read waits for more than the %s bytes that came, and the client waits for you: neither ever moves.", word(sends))
	}
	if err != nil {
		return no("Your function gave up with an error: %v.", err)
	}
	lab.RunFor(time.Millisecond)
	switch {
	case !ended:
		return no("The client still waits: it heard nothing, since the connection is open.")
	case heard != nil:
		return no("The client's read failed: %v. You closed with bytes unread, and the kernel told the client that they were lost.", heard)
	case farewell != 0 && string(last) != string(rune(farewell)):
		return no("The client read %q and then the end; it waits for %q.", last, rune(farewell))
	}
	return yes("The client read the end of the connection: 0 bytes and no error.")
}

// SmallRing checks the settings of a card with a ring of 16 frames to which 200
// datagrams come at once: none may be missed, with 60 interrupts at most.
func SmallRing(answer sockets.Limits) { own("SmallRing", smallRing(answer)).print(4) }

func smallRing(answer sockets.Limits) outcome {
	ring, most, sent := mine("SmallRing")[0], mine("SmallRing")[1], mine("SmallRing")[2]
	if answer == (sockets.Limits{}) || answer == (sockets.Limits{RxRing: ring}) {
		return todo("Add the field that makes the driver come in time.")
	}
	if answer.RxRing != ring {
		return no("The card is old: its ring has %d frames (RxRing: %[1]d).", ring)
	}
	if err := answer.Validate(); err != nil {
		return no("No host runs with that: %v.", err)
	}
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server, client := lab.NewHost("server", answer), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(server, client, sockets.LAN)
	reader, writer := server.NewProcess("reader"), client.NewProcess("client")
	for _, p := range []*sockets.Process{reader, writer} {
		if _, err := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0); err != nil {
			return no("The experiment failed: %v.", err)
		}
	}
	reader.Bind(3, sockets.Any(53))
	writer.Connect(3, server.Addr(53))
	for range sent {
		writer.Write(3, make([]byte, 100))
	}
	if err := lab.RunFor(100 * time.Millisecond); err != nil {
		return no("The experiment failed: %v.", err)
	}
	switch s := server.Stats(); {
	case s.RxMissed > 0:
		return no("rx_missed_errors: %d. Between two interrupts more frames come than the ring has places.", s.RxMissed)
	case int(s.Interrupts) > most:
		return no("None was missed, but it took %d interrupts for %d frames.", s.Interrupts, sent)
	default:
		return yes("None was missed, with %d interrupts: the driver comes before the ring is full.", s.Interrupts)
	}
}
