package check

import (
	"fmt"
	"slices"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The exercises of lesson 11.

// trackedMax is how long the list of exercise 1 is.
const trackedMax = 262_144

// Tracked checks how many visitors, each there for 30 seconds, can be connected at a
// time through a firewall with room for 262,144 connections. A closed one stays on its
// list for 120 seconds.
func Tracked(answer int) { own("Tracked", tracked(answer)).print(1) }

func tracked(answer int) outcome {
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	stay := mine("Tracked")[0]
	host := capacity.Host{Tracked: true, ConntrackMax: trackedMax}
	v, err := capacity.Plan(host, capacity.Workload{Lifetime: time.Duration(stay) * time.Second})
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	wall, _ := v.Wall(capacity.Conntrack)
	most := int(wall.Allows)
	switch {
	case answer == most || answer == most+1:
		return yes("%s: for one that is connected there are %s on the list that have gone.", word(most), map[int]string{2: "two", 3: "three", 4: "four", 6: "six"}[120/stay])
	case answer == trackedMax:
		return no("That is the length of the list. Those who have closed are on it, too.")
	case answer > most:
		return no("%s would need more places than there are: for one that is connected, how many have closed in the last 120 seconds?", word(answer))
	}
	return no("%s get in, and there is room for more.", word(answer))
}

// Proxy checks how many addresses of its own a proxy needs at least for 150,000
// clients that stay, with one backend and Linux's default range of ports.
func Proxy(answer int) { own("Proxy", proxy(answer)).print(2) }

func proxy(answer int) outcome {
	clients := mine("Proxy")[0]
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	if answer < 1 || answer > 1<<20 {
		return no("A number of addresses from 1 to 1,048,576 is asked for.")
	}
	v, err := capacity.Plan(capacity.Host{}, capacity.Workload{Backends: 1, OwnAddrs: answer})
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	wall, _ := v.Wall(capacity.OwnTuples)
	ports := sockets.Limits{}.WithDefaults().EphemeralPorts()
	switch carried := int(wall.Allows); {
	case carried < clients:
		return no("%s would carry %s clients; at the next one connect() to the backend says EADDRNOTAVAIL.",
			upper(count(answer, "address", "addresses")), word(carried))
	case carried-ports >= clients:
		return no("That is enough, but %s would do too.", count(answer-1, "address", "addresses"))
	default:
		return yes("%s addresses carry %s clients.", word(answer), word(carried))
	}
}

// chat is the machine and the crowd of exercise 3.
func chat() (capacity.Host, capacity.Workload) {
	n := mine("Walls")
	h := capacity.Host{Limits: sockets.Limits{RAM: int64(n[0]) << 30, NofileSoft: 1_000_000}}
	crowd := []capacity.Clients{{Addrs: int64(n[1])}}
	return h, capacity.Workload{Clients: crowd, AppBytes: capacity.Bytes(n[2]) * capacity.KB}
}

// Walls checks the three lowest walls of a chat server, lowest first: 8 GiB of memory,
// `ulimit -n` at 1,000,000, idle clients from 500 addresses, 20 kB of the program for
// each.
func Walls(first, second, third string) { own("Walls", wallsOf(first, second, third)).print(3) }

func wallsOf(said ...string) outcome {
	left := 0
	for _, s := range said {
		if s == "" {
			left++
		}
	}
	if left > 0 {
		return todo("Write the names of three walls, as the tables above spell them.")
	}
	h, w := chat()
	v, err := capacity.Plan(h, w)
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	var taken []capacity.Resource
	for i, s := range said {
		wall, known := wallNamed(v, s)
		switch {
		case !known:
			return no("%q is no wall of this machine. The tables above have names such as %q and %q.", s, v.Walls[0].Limit, v.Walls[len(v.Walls)-1].Limit)
		case slices.Contains(taken, wall.Limit):
			return no("%s stands there twice.", wall.Limit)
		case wall.Allows != v.Walls[i].Allows: // of two that allow the same, either comes first
			return no("%s allows %v. Number %d is lower, or comes before.", wall.Limit, wall.Allows, i+1)
		}
		taken = append(taken, wall.Limit)
	}
	return yes("%s at %v, %s at %v, %s at %v.", v.Walls[0].Limit, v.Walls[0].Allows,
		v.Walls[1].Limit, v.Walls[1].Allows, v.Walls[2].Limit, v.Walls[2].Allows)
}

// wallNamed finds a wall as a reader spells it.
func wallNamed(v capacity.Verdict, said string) (capacity.Wall, bool) {
	for _, wall := range v.Walls {
		if plain(string(wall.Limit)) == plain(said) {
			return wall, true
		}
	}
	return capacity.Wall{}, false
}

// Thrifty checks the limits of a host with 2 GiB that is to hold 100,000 idle
// connections of a program that takes 12 kB for each, with no more settings than it
// takes: first by sum, then on the simulated host.
func Thrifty(answer sockets.Limits) { own("Thrifty", thrifty(answer)).print(4) }

func thrifty(answer sockets.Limits) outcome {
	const ram = 2 << 30
	clients := mine("Thrifty")[0]
	if answer == (sockets.Limits{RAM: ram}) {
		return todo("Set the fields that must move.")
	}
	if answer.RAM != ram {
		return no("The machine has 2 GiB: leave RAM at 2 << 30.")
	}
	v, err := capacity.Plan(capacity.Host{Limits: answer}, capacity.Workload{AppBytes: 12 * capacity.KB})
	if err != nil {
		return no("Such a host cannot be: %v.", err)
	}
	if int(v.Connections()) < clients {
		wall := v.Binding()
		return no("%s stops it at %v (%s).", wall.Limit, wall.Allows, wall.Sum)
	}
	needed := sockets.Limits{RAM: ram, NofileSoft: answer.NofileSoft, NofileHard: answer.NofileHard}
	if answer != needed {
		return no("It holds them, but a field is set that need not be: which of them did the table name?")
	}
	came, err := holds(answer, clients)
	switch {
	case err != nil:
		return no("The sum agrees, but the simulated host held %s: %v.", word(came), err)
	case came < clients:
		return no("The sum agrees, but the simulated host held %s.", word(came))
	}
	return yes("The sum says %v, and the simulated host held all %s.", v.Connections(), word(clients))
}

// holds lets so many clients come to a host and counts those it accepts.
func holds(limits sockets.Limits, clients int) (came int, err error) {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server, crowd := lab.NewHost("server", limits), lab.NewHost("crowd", sockets.Limits{})
	if err := crowd.AddAddrs("10.1.0.1", 9); err != nil {
		return 0, err
	}
	lab.NewLink(crowd, server, sockets.LAN)
	var stopped error
	server.Spawn("web", func(p *sockets.Process) {
		door, err := p.ListenOn(sockets.Any(80), 4096)
		for err == nil {
			if _, _, err = p.Accept4(door, 0); err == nil {
				came++
			}
		}
		stopped = err
		p.Sleep(time.Hour)
	})
	lab.RunFor(time.Millisecond)
	crowd.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: clients, Window: 256})
	if err := lab.RunFor(20 * time.Second); err != nil {
		return came, err
	}
	if stopped != nil && came < clients { // after the last it may be out of descriptors
		return came, fmt.Errorf("it stopped with %w", stopped)
	}
	return came, nil
}
