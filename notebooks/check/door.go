package check

import (
	"slices"
	"strings"

	"socketbook/sockets"
)

// The exercises of lesson 1.

// CountSockets checks how many sockets a kernel keeps for two TCP doors with 250
// and 40 clients, and one UDP socket.
func CountSockets(answer int) { own("CountSockets", countSockets(answer)).print(1) }

func countSockets(answer int) outcome {
	const doors, parcels = 2, 1
	first, second := mine("CountSockets")[0], mine("CountSockets")[1]
	all := doors + parcels + first + second
	switch answer {
	case 0:
		return todo("Put a number in place of 0.")
	case all:
		return yes("%d doors, %d conversations, and %d for UDP, which has no conversations.", doors, first+second, parcels)
	case first + second:
		return no("Those are the conversations. What do the clients knock at?")
	case first + second + doors:
		return no("Doors and conversations, yes. The program at UDP port 53 has asked for something, too.")
	case first + second + parcels:
		return no("Conversations, and the one for UDP. What do the TCP clients knock at?")
	case doors + parcels:
		return no("Those are the ones that wait for somebody. Each conversation has a socket of its own.")
	}
	return no("A door is one socket, however many come. Each conversation is one more. And UDP counts as well.")
}

// Beside checks which of five connections, A to E, can be open beside the one
// from 10.0.0.2:40000 to 10.0.0.1:80.
func Beside(letters string) { beside(letters).print(2) }

// a neighbour is what is to be opened beside the connection that is there.
type neighbour struct {
	letter   string
	kind     int
	from, to string
	why      string
}

var neighbours = []neighbour{
	{"A", sockets.SOCK_STREAM, "10.0.0.2:40000", "10.0.0.1:443", "another port at the other end is enough"},
	{"B", sockets.SOCK_STREAM, "10.0.0.2:40000", "10.0.0.1:80", "all five values would be the same"},
	{"C", sockets.SOCK_STREAM, "10.0.0.2:40001", "10.0.0.1:80", "another port at this end is enough"},
	{"D", sockets.SOCK_STREAM, "10.0.0.3:40000", "10.0.0.1:80", "another address at this end is enough"},
	{"E", sockets.SOCK_DGRAM, "10.0.0.2:40000", "10.0.0.1:80", "UDP's ports are not TCP's"},
}

func beside(letters string) outcome {
	said := strings.ToUpper(strings.NewReplacer(" ", "", ",", "").Replace(letters))
	if said == "" {
		return todo("Write the letters of those that can.")
	}
	for _, r := range said {
		if r < 'A' || r > 'E' {
			return no("The letters are A to E; %q is none of them.", string(r))
		}
	}
	for _, n := range neighbours {
		err := opened(n)
		switch is := strings.Contains(said, n.letter); {
		case is && err != nil:
			return no("%s cannot: %s. The kernel says: %v.", n.letter, n.why, err)
		case !is && err == nil:
			return no("One is missing: two connections are the same only if all five values are.")
		}
	}
	return yes("Each of them differs from the first in at least one of the five values.")
}

// opened plays it: the first connection, and one beside it.
func opened(n neighbour) error {
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	client.AddAddrs("10.0.0.3", 1)
	web := server.NewProcess("web")
	for _, port := range []uint16{80, 443} {
		if _, err := web.ListenOn(sockets.Any(port), 5); err != nil {
			return err
		}
	}
	p := client.NewProcess("client")
	if err := connect(p, neighbour{"", sockets.SOCK_STREAM, "10.0.0.2:40000", "10.0.0.1:80", ""}); err != nil {
		return err
	}
	return connect(p, n)
}

// connect opens one from an address and a port that are given.
func connect(p *sockets.Process, n neighbour) error {
	fd, err := p.Socket(sockets.AF_INET, n.kind, 0)
	if err != nil {
		return err
	}
	on := []byte{1, 0, 0, 0} // a port of one's own may be taken twice, for two destinations
	if err := p.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, on, len(on)); err != nil {
		return err
	}
	if err := p.Bind(fd, sockets.Addr(n.from)); err != nil {
		return err
	}
	return p.Connect(fd, sockets.Addr(n.to))
}

// FindDoor checks a function that finds the one address of several at which
// somebody listens.
func FindDoor(answer func(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error)) {
	findDoor(answer).print(3)
}

func findDoor(answer func(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error)) outcome {
	const task = "Find the address at which somebody listens."
	if answer == nil {
		return todo(task)
	}
	const houses = 20
	for _, at := range []int{12, 0, houses - 1} {
		if o, ok := findOne(answer, task, houses, at); !ok {
			return o
		}
	}
	return yes("Found, wherever it was, and everything was given back.")
}

// findOne hides the door at one of the addresses.
func findOne(answer func(*sockets.Process, []sockets.SockAddr) (sockets.SockAddr, error), task string, houses, at int) (outcome, bool) {
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	list := make([]sockets.SockAddr, houses)
	for i := range list {
		list[i] = server.Addr(uint16(8000 + i))
	}
	if _, err := server.NewProcess("web").ListenOn(sockets.Any(list[at].Port), 5); err != nil {
		return no("The experiment failed: %v.", err), false
	}
	p := client.NewProcess("client")
	before := p.Open()
	var found sockets.SockAddr
	var err error
	if endless(func() { found, err = answer(p, slices.Clone(list)) }) {
		return no("Your function does not come to an end."), false
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o, false
	}
	switch {
	case err != nil:
		return no("Your function gave up with an error: %v. An address without a door is no reason to stop.", err), false
	case found != list[at]:
		return no("Somebody listens at %v, and you said %v. Where nobody listens, connect (and Dial) fails with ECONNREFUSED.", list[at], found), false
	case p.Open() > before:
		return no("Found, but %s left open. Each of them is a socket that the kernel still keeps.",
			count(p.Open()-before, "descriptor is", "descriptors are")), false
	}
	return outcome{}, true
}
