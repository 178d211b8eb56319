package check

import (
	"fmt"
	"math/rand/v2"
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
	kind     int
	from, to string
	by       string // another program; "": the same
	why      string
}

func (n neighbour) String() string {
	kind := "TCP"
	if n.kind == sockets.SOCK_DGRAM {
		kind = "UDP"
	}
	return kind + " from " + n.from + " to " + n.to + n.by
}

// neighbours are the five of a student, and the connection that is there.
func neighbours(n []int) (five []neighbour, first neighbour) {
	here := func(host, port int) string { return fmt.Sprintf("10.0.0.%d:%d", host, port) }
	own, web := here(2, n[1]), "10.0.0.1:80"
	all := []neighbour{
		{sockets.SOCK_STREAM, own, "10.0.0.1:443", "", "another port at the other end is enough"},
		{sockets.SOCK_STREAM, own, web, "", "all five values would be the same"},
		{sockets.SOCK_STREAM, here(2, n[1]+1), web, "", "another port at this end is enough"},
		{sockets.SOCK_STREAM, here(3, n[1]), web, "", "another address at this end is enough"},
		{sockets.SOCK_DGRAM, own, web, "", "UDP's ports are not TCP's"},
		{sockets.SOCK_STREAM, own, web, ", by another program", "all five values would be the same, and whose the socket is is none of them"},
	}
	for _, i := range shuffled(n[0], len(all))[:5] {
		five = append(five, all[i])
	}
	return five, neighbour{kind: sockets.SOCK_STREAM, from: own, to: web}
}

func besideShows(n []int) string {
	five, first := neighbours(n)
	var texts []string
	for _, n := range five {
		texts = append(texts, n.String())
	}
	return "  Beside " + first.String() + "\n" + lettered(texts)
}

func beside(answer string) outcome { return own("Beside", besideOf(letters(answer))) }

func besideOf(said string) outcome {
	if said == "" {
		return todo("Write the letters of those that can.")
	}
	for _, r := range said {
		if r < 'A' || r > 'E' {
			return no("The letters are A to E; %q is none of them.", string(r))
		}
	}
	five, first := neighbours(mine("Beside"))
	for i, n := range five {
		letter := string(rune('A' + i))
		err := opened(first, n)
		switch is := strings.Contains(said, letter); {
		case is && err != nil:
			return no("%s cannot: %s. The kernel says: %v.", letter, n.why, err)
		case !is && err == nil:
			return no("One is missing: two connections are the same only if all five values are.")
		}
	}
	return yes("Each of them differs from the first in at least one of the five values.")
}

// opened plays it: the first connection, and one beside it.
func opened(first, n neighbour) error {
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
	if err := connect(p, first); err != nil {
		return err
	}
	if n.by != "" {
		p = client.NewProcess("another")
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
		return own("FindDoor", todo(task))
	}
	open, nth := mine("FindDoor")[0], mine("FindDoor")[1]
	for i, at := range []int{12, 0, houses - 1} {
		doors := []int{at}
		if open > 1 {
			doors = rand.New(rand.NewPCG(uint64(i), 1)).Perm(houses)[:open]
			slices.Sort(doors)
		}
		if o, ok := findOne(answer, task, doors, nth); !ok {
			return own("FindDoor", o)
		}
	}
	return own("FindDoor", yes("Found, wherever it was, and everything was given back."))
}

// houses is how many addresses the street has.
const houses = 20

// findOne hides doors at some of the addresses; the n-th is asked for.
func findOne(answer func(*sockets.Process, []sockets.SockAddr) (sockets.SockAddr, error), task string, doors []int, n int) (outcome, bool) {
	lab, server, client := street(sockets.Limits{}, sockets.Limits{})
	list := make([]sockets.SockAddr, houses)
	for i := range list {
		list[i] = server.Addr(uint16(8000 + i))
	}
	for _, at := range doors {
		if _, err := server.NewProcess("web").ListenOn(sockets.Any(list[at].Port), 5); err != nil {
			return no("The experiment failed: %v.", err), false
		}
	}
	wanted := list[doors[n-1]]
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
	case found != wanted && len(doors) > 1:
		return no("Of the %d doors of this street the %s is %v, and you said %v. Where nobody listens, connect (and Dial) fails with ECONNREFUSED.", len(doors), ordinals[n], wanted, found), false
	case found != wanted:
		return no("Somebody listens at %v, and you said %v. Where nobody listens, connect (and Dial) fails with ECONNREFUSED.", wanted, found), false
	case p.Open() > before:
		return no("Found, but %s left open. Each of them is a socket that the kernel still keeps.",
			count(p.Open()-before, "descriptor is", "descriptors are")), false
	}
	return outcome{}, true
}
