package check

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"socketbook/sockets"
)

// The exercises of lesson 4. DialTimeout and EventServer are the others.

// Readable checks which of five descriptors, A to E, poll reports as readable.
func Readable(letters string) { readable(letters).print(1) }

// A wait is a descriptor that is asked for: what it is, and what is said of it to who
// was wrong.
type wait struct {
	what, hint string
	udp, door  bool
	sleeps     bool // a call would sleep: it is not ready
	// happens is what the client does on its end. The server's end is fd.
	happens func(client *sockets.Process, line int, web *sockets.Process, fd int) error
}

var waits = []wait{
	{what: "a listener, with one connection waiting in its queue", hint: "for a listener, readable means that accept would not sleep", door: true,
		happens: func(client *sockets.Process, _ int, web *sockets.Process, fd int) error {
			at, err := web.Getsockname(fd)
			if err == nil {
				_, err = client.Dial(web.Host().Addr(at.Port))
			}
			return err
		}},
	{what: "a connection on which nothing has come", hint: "nothing has come, so read would sleep", sleeps: true},
	{what: "a connection with three unread bytes", hint: "three bytes are there to be read", happens: says("abc")},
	{what: "a connection whose client has closed its end", hint: "read would return 0 at once: readable means that it would not sleep, not that there are bytes",
		happens: func(client *sockets.Process, line int, _ *sockets.Process, _ int) error { return client.Close(line) }},
	{what: "a connection that the client has reset", hint: "read would return ECONNRESET at once: readable means that it would not sleep, not that all is well",
		happens: func(client *sockets.Process, line int, _ *sockets.Process, _ int) error {
			now := []byte{1, 0, 0, 0, 0, 0, 0, 0} // SO_LINGER with no time: close is a reset
			return errors.Join(client.Setsockopt(line, sockets.SOL_SOCKET, sockets.SO_LINGER, now, len(now)), client.Close(line))
		}},
	{what: "a listener at which nobody waits", hint: "nobody waits, so accept would sleep", door: true, sleeps: true},
	{what: "a connection whose three bytes the server has read", hint: "what was read is gone, so the next read would sleep", sleeps: true,
		happens: func(client *sockets.Process, line int, web *sockets.Process, fd int) error {
			err := says("abc")(client, line, web, fd)
			_, more := web.Read(fd, make([]byte, 10))
			return errors.Join(err, more)
		}},
	{what: "a connection whose client has sent three bytes and then shut down its side, nothing of it read", hint: "three bytes are there to be read, and then the end",
		happens: func(client *sockets.Process, line int, web *sockets.Process, fd int) error {
			return errors.Join(says("abc")(client, line, web, fd), client.Shutdown(line, shutWR))
		}},
	{what: "a UDP socket to which an empty datagram has come", hint: "a datagram of 0 bytes is one, and read would return at once", udp: true, happens: says("")},
}

// says lets the client write.
func says(text string) func(client *sockets.Process, line int, web *sockets.Process, fd int) error {
	return func(client *sockets.Process, line int, _ *sockets.Process, _ int) error {
		_, err := client.Write(line, []byte(text))
		return err
	}
}

// fiveWaits are those of a student: not all of them are ready.
func fiveWaits(n []int) (five []wait) {
	for _, i := range shuffled(n[0], len(waits)) {
		w := waits[i]
		if len(five) < 4 || len(five) == 4 && (w.sleeps || slices.ContainsFunc(five, func(w wait) bool { return w.sleeps })) {
			five = append(five, w)
		}
	}
	return five
}

func readableShows(n []int) string {
	var texts []string
	for _, w := range fiveWaits(n) {
		texts = append(texts, w.what)
	}
	return lettered(texts)
}

func readable(answer string) outcome { return own("Readable", readableOf(letters(answer))) }

func readableOf(said string) outcome {
	if said == "" {
		return todo("Write the letters of those that are.")
	}
	if strings.Trim(said, "ABCDE") != "" {
		return no("The letters are A to E; there is another one in %q.", said)
	}
	five := fiveWaits(mine("Readable"))
	fds, err := polledOnce(five)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	for i, w := range five {
		letter := string(rune('A' + i))
		is := fds[i].Revents&sockets.POLLIN != 0
		if is != strings.Contains(said, letter) {
			return no("Look again at %s: %s.", letter, w.hint)
		}
	}
	return yes("Readable means that the call would not sleep: there is somebody, something, an end, or an error.")
}

// polledOnce plays it.
func polledOnce(list []wait) ([]sockets.PollFD, error) {
	lab, server, host := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	web, client := server.NewProcess("web"), host.NewProcess("client")
	var fds []sockets.PollFD
	for i, w := range list {
		line, fd, err := w.open(client, web, uint16(80+i))
		if err == nil && w.happens != nil {
			lab.RunFor(time.Millisecond)
			err = w.happens(client, line, web, fd)
		}
		if err != nil {
			return nil, err
		}
		fds = append(fds, sockets.PollFD{FD: fd, Events: sockets.POLLIN})
	}
	lab.RunFor(time.Millisecond)
	_, err := web.Poll(fds, len(fds), 0)
	return fds, err
}

// open makes the descriptor, and the client's end of it if it has one.
func (w wait) open(client, web *sockets.Process, port uint16) (line, fd int, err error) {
	if w.udp {
		line, err = client.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		fd, _ = web.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		return line, fd, errors.Join(err, web.Bind(fd, sockets.Any(port)), client.Connect(line, web.Host().Addr(port)))
	}
	door, err := web.ListenOn(sockets.Any(port), 5)
	if w.door || err != nil {
		return -1, door, err
	}
	if line, err = client.Dial(web.Host().Addr(port)); err == nil {
		fd, _, err = web.Accept4(door, 0)
	}
	return line, fd, err
}

// Drain checks a function that reads all that has come on a non-blocking
// connection.
func Drain(answer func(p *sockets.Process, fd int) ([]byte, error)) {
	own("Drain", drain(answer)).print(2)
}

func drain(answer func(p *sockets.Process, fd int) ([]byte, error)) outcome {
	const task = "Read until nothing is left, and return it."
	if answer == nil {
		return todo(task)
	}
	// An exact multiple of a usual buffer, too: then only EAGAIN tells the end.
	for _, size := range []int{10, 4096, 10_000, 65536} {
		if o, ok := drained(answer, task, size); !ok {
			return o
		}
	}
	return yes("All of it each time, from 10 bytes to 65,536, and no call slept.")
}

func drained(answer func(p *sockets.Process, fd int) ([]byte, error), task string, size int) (outcome, bool) {
	sent, most := letter(size), mine("Drain")[0]
	lab, p, fd, err := visit(func(c *sockets.Process, conn int) {
		for rest := sent; len(rest) > 0; {
			n, err := c.Write(conn, rest)
			if err != nil {
				return
			}
			rest = rest[n:]
		}
	})
	if err == nil {
		_, err = p.Fcntl(fd, sockets.F_SETFL, sockets.O_RDWR|sockets.O_NONBLOCK)
	}
	if err != nil {
		return no("The experiment failed: %v.", err), false
	}
	lab.RunFor(time.Second)
	start := lab.Now()
	var got []byte
	if endless(func() { got, err = answer(p, fd) }) {
		return no("Your function does not come to an end. When nothing is left, Read says EAGAIN each time it is called."), false
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o, false
	}
	flags, gone := p.Fcntl(fd, sockets.F_GETFL, 0)
	switch {
	case errors.Is(err, sockets.EAGAIN):
		return no("You returned EAGAIN as an error. It only says that nothing is left for now."), false
	case err != nil:
		return no("Your function gave up with an error: %v.", err), false
	case gone != nil:
		return no("You closed the connection. The client is still on the line."), false
	case flags&sockets.O_NONBLOCK == 0:
		return no("You made the connection blocking: the next read would sleep."), false
	case lab.Now() > start:
		return no("Your function slept. All that had come was there from the start."), false
	case len(got) > most:
		return no("You returned %s bytes at a time, and %s are allowed. Ask for no more than is left of them.", word(len(got)), word(most)), false
	case size > most && len(got) == most && bytes.Equal(got, sent[:most]):
		if rest, _ := p.Read(fd, make([]byte, 1)); rest != 1 {
			return no("You returned %s bytes, as many as are allowed, and the next ones are gone: you read more than you returned.", word(most)), false
		}
	case len(got) < size && bytes.HasPrefix(sent, got):
		return no("You returned %s of %s bytes. One Read gives no more than its buffer holds; go on until EAGAIN.", word(len(got)), word(size)), false
	case !bytes.Equal(got, sent):
		return no("What you returned is not what was sent. Of the buffer, only the first n bytes are new, with the n that Read returned."), false
	}
	return outcome{}, true
}
