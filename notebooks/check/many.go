package check

import (
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The exercises of lesson 7.

// Nofile checks the smallest ulimit -n with which a plain server, one process
// with one listener, holds 10,000 clients.
func Nofile(answer int) { nofile(answer).print(1) }

func nofile(answer int) outcome {
	const clients = 10_000
	switch {
	case answer == 0:
		return todo("Put a number in place of 0.")
	case answer < 0 || answer > 1<<20:
		return no("Linux takes 1 to 1,048,576 (fs.nr_open).")
	}
	held, _, err := hold(sockets.Limits{NofileSoft: answer}, 1, clients)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	if held < clients {
		return no("With %s the server holds %s clients, %s short. What else has a descriptor?",
			word(answer), word(held), word(clients-held))
	}
	if fewer, _, _ := hold(sockets.Limits{NofileSoft: answer - 1}, 1, clients); fewer == clients {
		return no("All %s fit, but a smaller limit does it too.", word(clients))
	}
	return yes("%s clients, the listener, and 0 to 2: %s.", word(clients), word(answer))
}

// ClientAddrs checks how many client addresses it takes at least for 60,000
// connections to one server port, with Linux's default range of ports.
func ClientAddrs(answer int) { clientAddrs(answer).print(2) }

func clientAddrs(answer int) outcome {
	const clients = 60_000
	server := sockets.Limits{NofileSoft: 100_000}
	switch {
	case answer == 0:
		return todo("Put a number in place of 0.")
	case answer < 0 || answer > 100:
		return no("Try a number between 1 and 100.")
	}
	held, without, err := hold(server, answer, clients)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	if held < clients {
		return no("%s held %s connections; %s got EADDRNOTAVAIL. How many ports has one address?",
			upper(count(answer, "address", "addresses")), word(held), word(without))
	}
	if answer > 1 {
		if fewer, _, _ := hold(server, answer-1, clients); fewer == clients {
			return no("All %s were connected, but fewer addresses do it too.", word(clients))
		}
	}
	return yes("%s × 28,232 ports carry %s connections, and the server still uses one port.",
		count(answer, "address", "addresses"), word(clients))
}

// Machine checks the limits of a host with 256 MiB that is to hold 50,000
// connections: first by sum, then by experiment, with the same value.
func Machine(answer sockets.Limits) { machine(answer).print(3) }

func machine(answer sockets.Limits) outcome {
	const (
		goal = 50_000
		ram  = 256 << 20
	)
	switch {
	case answer == sockets.Limits{} || answer == sockets.Limits{RAM: ram}:
		return todo("Add the fields that must move. One limit stands behind another.")
	case answer.RAM != ram:
		return no("The host has 256 MiB: RAM: 256 << 20.")
	}
	v, err := capacity.Of(answer, capacity.Workload{})
	if err != nil {
		return no("No host runs with that: %v.", err)
	}
	if b := v.Binding(); b.Allows < goal {
		return no("The sum says %v connections: %s stops them. On Linux one would say: %s.", b.Allows, b.Limit, b.Command)
	}
	held, _, err := hold(answer, 2, goal)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	if held < goal {
		return no("The sum says %v, but the host held %s: another of its fields stands in the way.", v.Connections(), word(held))
	}
	return yes("The sum says %v connections, and the host took all %s that came.", v.Connections(), word(goal))
}

// hold lets clients come to a server that accepts them all, and reports how
// many it has accepted, and how many clients found no port of their own.
func hold(host sockets.Limits, addrs, clients int) (held, without int, err error) {
	lab, server, crowd := street(host, sockets.Limits{})
	defer lab.Close()
	if addrs > 1 {
		if err := crowd.AddAddrs("10.0.1.1", addrs-1); err != nil {
			return 0, 0, err
		}
	}
	server.Spawn("web", func(p *sockets.Process) {
		door, err := p.ListenOn(sockets.Any(80), 128)
		for err == nil {
			if _, _, err = p.Accept4(door, 0); err == nil {
				held++
			}
		}
		p.Sleep(time.Hour) // it keeps what it has
	})
	load := crowd.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: clients, Window: 64})
	err = lab.RunFor(time.Second)
	return held, load.Result().NoPort, err
}

// upper starts a sentence.
func upper(s string) string {
	if s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
