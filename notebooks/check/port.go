package check

import (
	"errors"
	"fmt"
	"time"

	"socketbook/sockets"
)

// The exercises of lesson 2.

// ClaimPort checks a function that opens port 8080 of a server to clients: with
// socket, bind and listen.
func ClaimPort(answer func(server *sockets.Process) error) {
	own("ClaimPort", claimPort(answer)).print(1)
}

func claimPort(answer func(server *sockets.Process) error) outcome {
	port, backlog := portOf("ClaimPort"), mine("ClaimPort")[1]
	task := fmt.Sprintf("Write the three calls that open port %d.", port)
	if answer == nil {
		return todo(task)
	}
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	p := server.NewProcess("web")
	var err error
	if endless(func() { err = answer(p) }) {
		return no("Your function does not come to an end.")
	}
	if o, is := still(task, err); is {
		return o
	}
	if err != nil {
		return no("Your function gave up with an error: %v.", err)
	}
	if o, found := whyClosed(p, port); found {
		return o
	}
	if got := listener(server).SendQ; student != "" && got != backlog {
		return no("Port %d is open, and its backlog is %s; it should be %s.", port, word(got), word(backlog))
	}
	browser := client.NewProcess("browser")
	if _, err := browser.Dial(server.Addr(port)); err != nil {
		return no("A client that came to %v got an error: %v.", server.Addr(port), err)
	}
	return yes("A client came to %v and was connected.", server.Addr(port))
}

// port is that of the lessons' text, and of the servers that an answer only calls.
const port = 8080

// portOf is the port of an exercise that has one for its first number.
func portOf(exercise string) uint16 { return uint16(mine(exercise)[0]) }

// stream reports whether a socket is one of TCP.
func stream(p *sockets.Process, fd int) bool {
	var kind [4]byte
	n, err := p.Getsockopt(fd, sockets.SOL_SOCKET, sockets.SO_TYPE, kind[:], len(kind))
	return err == nil && n == len(kind) && kind[0] == sockets.SOCK_STREAM
}

// whyClosed looks at the server's socket for what keeps clients out.
func whyClosed(p *sockets.Process, port uint16) (outcome, bool) {
	fd := 3 // the first number after standard input, output and error
	if p.Open() < 4 {
		return no("The server has no socket: only descriptors 0, 1 and 2 are open. The first call is Socket."), true
	}
	name, err := p.Getsockname(fd)
	listens := listener(p.Host())
	switch {
	case err != nil:
		return no("Descriptor %d is not a socket: %v.", fd, err), true
	case !stream(p, fd):
		return no("Descriptor %d is a socket for datagrams (UDP). A server that people connect to wants SOCK_STREAM.", fd), true
	case listens == nil && name.Port == 0:
		return no("The socket has no port: its address is %v. Bind gives it one.", name), true
	case listens == nil && name.Port != port:
		return no("The socket has port %d, and nobody listens. The exercise wants %d.", name.Port, port), true
	case listens == nil:
		return no("Port %d is reserved, but nobody listens: a client would get ECONNREFUSED. One call is missing.", port), true
	case listens.Local.Port != port:
		return no("The server listens on port %d, the clients come to %d. "+
			"(Without a bind, listen takes any port that is free.)", listens.Local.Port, port), true
	}
	return outcome{}, false
}

// listener is the first listening socket of a host.
func listener(h *sockets.Host) *sockets.SocketRow {
	rows := h.Sockets().In(sockets.Listen)
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// Restart checks a function that opens port 8080 again while connections of the
// server's last run are in TIME-WAIT, and not while somebody listens there.
func Restart(answer func(server *sockets.Process) error) { own("Restart", restart(answer)).print(2) }

func restart(answer func(server *sockets.Process) error) outcome {
	port := portOf("Restart")
	task := fmt.Sprintf("Open port %d although there are connections in TIME-WAIT.", port)
	if answer == nil {
		return todo(task)
	}
	lab, server, client, err := haunted(port)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	p, browser := server.NewProcess("web"), client.NewProcess("browser")
	if endless(func() { err = answer(p) }) {
		return no("Your function does not come to an end.")
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o
	}
	switch {
	case errors.Is(err, sockets.EADDRINUSE) && lab.Now().Seconds() > 60:
		return no("You waited, and the port was still taken. There is an option, which is set before bind.")
	case errors.Is(err, sockets.EADDRINUSE):
		return no("%v. A connection in TIME-WAIT has the port. SO_REUSEADDR lets bind past it, if it is set before bind.", err)
	case err != nil:
		return no("Your function gave up with an error: %v.", err)
	case lab.Now().Seconds() > 30:
		return no("It works after a minute of waiting. Clients would not wait so long.")
	}
	if o, found := whyClosed(p, port); found {
		return o
	}
	if _, err := browser.Dial(server.Addr(port)); err != nil {
		return no("A client that came to %v got an error: %v.", server.Addr(port), err)
	}
	other := server.NewProcess("another")
	if endless(func() { err = answer(other) }) {
		return no("Your function does not come to an end if the port is taken by somebody alive.")
	}
	if err == nil {
		return no("It opened the port a second time, beside a listener that is alive: that is SO_REUSEPORT. Or an error was not returned.")
	}
	return yes("The ghost did not disturb it, and a living listener did: %v.", err)
}

// haunted is a server whose last run has left a connection in TIME-WAIT.
func haunted(port uint16) (lab *sockets.Network, server, client *sockets.Host, err error) {
	lab, server, client = street(sockets.Limits{}, sockets.Limits{})
	old, browser := server.NewProcess("web"), client.NewProcess("browser")
	door, _ := old.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	on := []byte{1, 0, 0, 0} // who leaves the ghost must have it, too
	err = errors.Join(old.Setsockopt(door, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, on, len(on)),
		old.Bind(door, sockets.Any(port)), old.Listen(door, 5))
	if err != nil {
		return lab, server, client, err
	}
	line, err := browser.Dial(server.Addr(port))
	if err != nil {
		return lab, server, client, err
	}
	box, _, err := old.Accept4(door, 0)
	old.Close(box)
	browser.Read(line, make([]byte, 1))
	browser.Exit()
	old.Exit()
	lab.RunFor(time.Second)
	return lab, server, client, err
}

// Backlog checks the smallest backlog with which 200 clients get in, who come
// within one millisecond to a server that does not accept.
func Backlog(answer int) { own("Backlog", backlog(answer)).print(1) }

func backlog(answer int) outcome {
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	guests := mine("Backlog")[0]
	in, err := admitted(guests, answer)
	if err != nil {
		return no("The server could not listen: %v.", err)
	}
	if in < guests {
		return no("With a backlog of %s, %d of %d are connected and %d wait. The queue takes one more than its backlog.",
			word(answer), in, guests, guests-in)
	}
	if answer < 0 {
		return no("It works: to the kernel a negative backlog means the highest it allows. But that is far from the smallest.")
	}
	if fewer, _ := admitted(guests, answer-1); fewer == guests {
		return no("All %d are connected, but a smaller backlog does it too.", guests)
	}
	return yes("With %d all %d are connected; with %d one of them would wait.", answer, guests, answer-1)
}

// admitted is how many of clients that come within one millisecond get in.
func admitted(clients, backlog int) (int, error) {
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	if _, err := server.NewProcess("web").ListenOn(sockets.Any(80), backlog); err != nil {
		return 0, err
	}
	crowd := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: clients, Within: time.Millisecond})
	err := lab.RunFor(time.Millisecond)
	return crowd.Result().Connected, err
}

// Numbers checks which descriptors two new clients get, after a server has
// accepted three and closed the second of them.
func Numbers(first, second int) { own("Numbers", numbers(first, second)).print(3) }

func numbers(first, second int) outcome {
	if first == 0 && second == 0 {
		return todo("Put two numbers in place of 0, 0.")
	}
	a, b, err := reopened()
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	switch {
	case first == a && second == b:
		return yes("The kernel hands out the lowest number that is free: %d was given back, then comes %d.", a, b)
	case first == b && second == b+1:
		return no("That is counting on. The kernel hands out the lowest number that is free, and one has become free.")
	case first < 4 || second < 4:
		return no("Numbers 0, 1 and 2 are taken at birth, 3 is the listener.")
	case first == second:
		return no("Two open descriptors never have the same number.")
	case first == a:
		return no("The first is right. But %d is not the lowest number that is then free.", second)
	}
	return no("The first new client does not get %d. Which numbers are open at that moment, and which is the lowest that is not?", first)
}

// reopened plays it: some clients, one of them closed, two more.
func reopened() (first, second int, err error) {
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	p := server.NewProcess("web")
	door, err := p.ListenOn(sockets.Any(80), 10)
	client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: mine("Numbers")[0] + 2})
	next := func() (fd int) {
		fd, _, more := p.Accept4(door, 0)
		err = errors.Join(err, more)
		return fd
	}
	var fds []int
	for range mine("Numbers")[0] {
		fds = append(fds, next())
	}
	err = errors.Join(err, p.Close(fds[mine("Numbers")[1]-1]))
	return next(), next(), err
}
