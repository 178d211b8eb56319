package check

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"socketbook/sockets"
)

// The exercises of lesson 4. DialTimeout and EventServer are the others.

// Readable checks which of five descriptors, A to E, poll reports as readable.
func Readable(letters string) { readable(letters).print(1) }

func readable(letters string) outcome {
	said := strings.ToUpper(strings.NewReplacer(" ", "", ",", "").Replace(letters))
	if said == "" {
		return todo("Write the letters of those that are.")
	}
	if strings.Trim(said, "ABCDE") != "" {
		return no("The letters are A to E; there is another one in %q.", letters)
	}
	fds, err := fiveReady()
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	for i, hint := range []string{
		"for a listener, readable means that accept would not sleep",
		"nothing has come, so read would sleep",
		"three bytes are there to be read",
		"read would return 0 at once: readable means that it would not sleep, not that there are bytes",
		"read would return ECONNRESET at once: readable means that it would not sleep, not that all is well",
	} {
		letter := string(rune('A' + i))
		is := fds[i].Revents&sockets.POLLIN != 0
		if is != strings.Contains(said, letter) {
			return no("Look again at %s: %s.", letter, hint)
		}
	}
	return yes("Readable means that the call would not sleep: there is somebody, something, an end, or an error.")
}

// fiveReady plays it.
func fiveReady() ([]sockets.PollFD, error) {
	lab, server, host := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	web, client := server.NewProcess("web"), host.NewProcess("client")
	door, err := web.ListenOn(sockets.Any(80), 5)
	if err != nil {
		return nil, err
	}
	fds := []sockets.PollFD{{FD: door, Events: sockets.POLLIN}}
	var lines []int
	for range 4 {
		line, err := client.Dial(server.Addr(80))
		if err != nil {
			return nil, err
		}
		box, _, err := web.Accept4(door, 0)
		if err != nil {
			return nil, err
		}
		lines, fds = append(lines, line), append(fds, sockets.PollFD{FD: box, Events: sockets.POLLIN})
	}
	now := []byte{1, 0, 0, 0, 0, 0, 0, 0} // SO_LINGER with no time: close is a reset
	_, err = client.Write(lines[1], []byte("abc"))
	err = errors.Join(err, client.Close(lines[2]),
		client.Setsockopt(lines[3], sockets.SOL_SOCKET, sockets.SO_LINGER, now, len(now)), client.Close(lines[3]))
	_, more := client.Dial(server.Addr(80))
	lab.RunFor(time.Millisecond)
	_, last := web.Poll(fds, len(fds), 0)
	return fds, errors.Join(err, more, last)
}

// Drain checks a function that reads all that has come on a non-blocking
// connection.
func Drain(answer func(p *sockets.Process, fd int) ([]byte, error)) { drain(answer).print(2) }

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
	sent := letter(size)
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
	case len(got) < size && bytes.HasPrefix(sent, got):
		return no("You returned %s of %s bytes. One Read gives no more than its buffer holds; go on until EAGAIN.", word(len(got)), word(size)), false
	case !bytes.Equal(got, sent):
		return no("What you returned is not what was sent. Of the buffer, only the first n bytes are new, with the n that Read returned."), false
	}
	return outcome{}, true
}
