package check

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"socketbook/sockets"
)

// The exercises of lesson 6.

// Tries checks how often a client has sent a segment within ten seconds, the
// first time counted, when every one of them is lost. A round trip takes 20 ms.
func Tries(answer int) { own("Tries", tries(answer)).print(1) }

func tries(answer int) outcome {
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	var at []string // when it was sent, since the first time
	var first time.Duration
	seconds := mine("Tries")[0]
	t, err := deliver([]byte("hello"), time.Duration(seconds)*time.Second, func(l *sockets.Link, _ *sockets.Host) { l.Down() })
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	for _, e := range t.tape.Events() {
		if e.Host == "client" && e.Station == sockets.StationTx && e.Len > 0 {
			if len(at) == 0 {
				first = time.Duration(e.At)
			}
			at = append(at, strconv.FormatFloat((time.Duration(e.At)-first).Round(10*time.Millisecond).Seconds(), 'g', -1, 64))
		}
	}
	is := len(at)
	switch answer {
	case is:
		return yes("%s times: at %s seconds.", word(is), strings.Join(at, ", "))
	case is - 1:
		return no("That is how often it was sent again. The first time counts, too.")
	}
	if answer > 40 {
		return no("That would be the same pause each time. From the second on, each is twice as long as the one before.")
	}
	return no("It is not %s. The pauses are 0.22 s, once more 0.22 s, 0.44 s, 0.88 s and so on: when is the next one after %d seconds?", word(answer), seconds)
}

// letterTo is the message that [Forge] wants changed.
func letterTo(n []int) string {
	return fmt.Sprintf("pay %d to %s", n[0], []string{"Eve", "Bob", "Ida", "Tom", "Ann", "Max"}[n[1]])
}

func forgeShows(n []int) string {
	return fmt.Sprintf("  %q, and byte -%d is among those that change", letterTo(n), n[2])
}

// Forge checks a few flips of bits that change the text "pay 10 to Eve" on its
// way without anybody's noticing.
func Forge(flips ...sockets.BitFlip) { own("Forge", forge(flips)).print(2) }

func forge(flips []sockets.BitFlip) outcome {
	if len(flips) == 0 {
		return todo("Say which bits flip.")
	}
	text, must := letterTo(mine("Forge")), mine("Forge")[2]
	for _, f := range flips {
		if f.Byte < -len(text) || f.Byte > -1 {
			return no("Byte %d is not in the text: its %d bytes are -%[2]d to -1.", f.Byte, len(text))
		}
	}
	var refused error
	t, err := deliver([]byte(text), 100*time.Millisecond, func(l *sockets.Link, from *sockets.Host) { refused = l.Flip(from, 1, flips...) })
	switch {
	case refused != nil:
		return no("That cannot flip: %v.", refused)
	case err != nil:
		return no("The experiment failed: %v.", err)
	case t.server.InCsumErrors > 0:
		return no("TCP noticed (TcpInCsumErrors: %d). One bit must flip up and one down, in the same of the 16 columns.", t.server.InCsumErrors)
	case string(t.got) == text:
		return no("The text has arrived as it was: what is flipped twice is as before.")
	case must > 0 && len(t.got) == len(text) && t.got[len(text)-must] == text[len(text)-must]:
		return no("The server reads %q, and nobody noticed. But byte -%d is as it was.", t.got, must)
	}
	return yes("The server reads %q, and no counter says anything.", t.got)
}

// delivered is what came of a message.
type delivered struct {
	got    []byte
	tape   *sockets.Tape
	server sockets.Stats
}

// deliver sends a message over a wire on which something goes wrong once the
// two are connected.
func deliver(text []byte, within time.Duration, accident func(l *sockets.Link, from *sockets.Host)) (t delivered, err error) {
	lab := sockets.NewNetwork(sockets.Seed(4), sockets.Record())
	defer lab.Close()
	prompt := sockets.Limits{RxUsecs: -1}
	server, client := lab.NewHost("server", prompt), lab.NewHost("client", prompt)
	link := lab.NewLink(client, server, sockets.LinkOptions{Delay: 10 * time.Millisecond, Rate: 10_000_000})
	server.Spawn("server", func(p *sockets.Process) {
		door, _ := p.ListenOn(sockets.Any(80), 5)
		conn, _, _ := p.Accept4(door, 0)
		buffer := make([]byte, 4096)
		for n := 1; n > 0; {
			n, _ = p.Read(conn, buffer)
			t.got = append(t.got, buffer[:n]...)
		}
	})
	client.Spawn("client", func(p *sockets.Process) {
		conn, e := p.Dial(server.Addr(80))
		if e == nil {
			accident(link, client)
			_, e = p.Write(conn, text)
		}
		if err = e; e == nil {
			p.Sleep(time.Hour)
		}
	})
	if e := lab.RunFor(within + 20*time.Millisecond); err == nil {
		err = e
	}
	t.tape, t.server = lab.Tape(), server.Stats()
	return t, err
}

// Persist checks a function that gets a word to a server by UDP over a wire that
// loses three frames in ten: the server answers each datagram with "ok".
func Persist(answer func(p *sockets.Process, fd int, word []byte) error) {
	own("Persist", persist(answer)).print(3)
}

const (
	persistSeeds = 100
	mostHeard    = 1000 // copies of the word; a right answer sends some ten
)

// reply is what the server says to the n-th copy of the word.
func reply(n, busy int) string {
	switch {
	case busy == 0:
		return "ok"
	case n <= busy:
		return "wait"
	}
	return "got " + strconv.Itoa(mine("Persist")[1])
}

func persistLiterals(n []int) []string {
	if n[1] == 0 {
		return []string{"", `"ok"`}
	}
	return []string{"", strconv.Quote("got " + strconv.Itoa(n[1]))}
}

func persist(answer func(p *sockets.Process, fd int, word []byte) error) outcome {
	const task = "Send the word until an answer comes."
	if answer == nil {
		return todo(task)
	}
	most, busy := 0, mine("Persist")[0]
	for seed := uint64(1); seed <= persistSeeds; seed++ {
		heard, err, hangs := overUDP(seed, busy, answer)
		if o, is := still(task, err); is {
			return o
		}
		var stuck *sockets.StuckError
		switch {
		case hangs:
			return no("With seed %d your function does not come to an end.", seed)
		case errors.As(err, &stuck):
			return no("With seed %d your function waits for ever: the word or its answer was lost, and Read sleeps until something comes. Poll can wait for a while only.", seed)
		case heard > mostHeard:
			return no("With seed %d the server has had the word %s times, and said so, and your function did not end. What does it wait for?", seed, word(mostHeard))
		case err != nil:
			return no("With seed %d your function gave up with an error: %v.", seed, err)
		case heard <= busy && heard > 0:
			return no("With seed %d your function returned when the server had answered `wait` only: look at what was read.", seed)
		case heard == 0:
			return no("With seed %d the word never arrived, and your function did not notice.", seed)
		}
		most = max(most, heard)
	}
	return yes("With each of %d seeds the word arrived; once it came %d times, for its answers were lost.", persistSeeds, most)
}

// overUDP lets the answer talk to a server that says ok, and reports how often
// that has heard the word.
//
// The first answers are that it is busy.
func overUDP(seed uint64, busy int, answer func(p *sockets.Process, fd int, word []byte) error) (heard int, err error, hangs bool) {
	message := []byte("open the door")
	var talk *sockets.Process // the answer's
	lab := sockets.NewNetwork(sockets.Seed(seed))
	server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LinkOptions{Delay: time.Millisecond, Loss: 0.3})
	server.Spawn("server", func(p *sockets.Process) {
		fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		p.Bind(fd, sockets.Any(53))
		buffer := make([]byte, 100)
		for {
			n, from, err := p.Recvfrom(fd, buffer, 0)
			if err != nil {
				return
			}
			if bytes.Equal(buffer[:n], message) {
				heard++
			}
			if heard > mostHeard { // it would go on for ever
				talk.Exit()
				return
			}
			p.Sendto(fd, []byte(reply(heard, busy)), 0, from)
		}
	})
	lab.RunFor(time.Millisecond)
	p := client.NewProcess("client")
	talk = p
	fd, err := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	if err == nil {
		err = p.Connect(fd, server.Addr(53))
	}
	if err != nil {
		return 0, err, false
	}
	if endless(func() { err = answer(p, fd, message) }) {
		return 0, nil, true
	}
	defer lab.Close()
	return heard, err, false
}

// BadLuck checks the replay string of a transfer of 20,000 bytes, over a wire that
// loses one frame in twenty, in which the client had to wait for a timeout.
func BadLuck(line string) { own("BadLuck", badLuck(line)).print(4) }

func badLuck(line string) outcome {
	if line == "" {
		return todo("Write a replay string between the quotes.")
	}
	run, err := sockets.ParseReplay(line)
	if err != nil {
		return no("That names no run: %v.", err)
	}
	options := fmt.Sprintf("bytes=%d&loss=0.05", mine("BadLuck")[0])
	asked, err := sockets.ParseReplay("sockets:v1:lossy-bulk?seed=1&" + options)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	_, want, _ := strings.Cut(asked.String(), "&")
	head, is, _ := strings.Cut(run.String(), "&")
	if run.Scenario().Name != "lossy-bulk" || is != want {
		return no("That is another run: %s. Only the seed is yours to choose, of lossy-bulk?seed=…&%s.", run, options)
	}
	var lab *sockets.Network
	if endless(func() { lab, err = run.Run() }) {
		return no("That run does not come to an end.")
	}
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	defer lab.Close()
	_, seed, _ := strings.Cut(head, "?")
	switch s := lab.Host("client").Stats(); {
	case s.TCPTimeouts > 0:
		return yes("With %s the client waited for %s and sent %s again.", seed, count(int(s.TCPTimeouts), "timeout", "timeouts"), count(int(s.RetransSegs), "segment", "segments"))
	case s.RetransSegs > 0:
		return no("With %s something was sent again (%d), but quickly: the gap was seen, no clock ran out.", seed, s.RetransSegs)
	default:
		return no("With %s nothing had to be sent again.", seed)
	}
}
