package check

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The exercises of lesson 7.

// Nofile checks the smallest ulimit -n with which a plain server, one process
// with one listener, holds 10,000 clients.
func Nofile(answer int) { own("Nofile", nofile(answer)).print(1) }

func nofile(answer int) outcome {
	clients := mine("Nofile")[0]
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

// NoLeak checks a function that serves a client and leaves no descriptor open,
// whatever the client does.
func NoLeak(answer func(p *sockets.Process, fd int) error) { own("NoLeak", noLeak(answer)).print(2) }

// goodWords are what a server may answer.
var goodWords = []string{"ok", "yes", "fine", "done", "hello", "right", "sure", "good", "well", "here", "thanks", "next"}

func noLeakShows(n []int) string {
	return fmt.Sprintf("  a client that has asked is to get the answer %q", goodWords[n[0]])
}

func noLeakLiterals(n []int) []string { return []string{strconv.Quote(goodWords[n[0]])} }

func noLeak(answer func(p *sockets.Process, fd int) error) outcome {
	const task = "Read, answer, and close on every path."
	if answer == nil {
		return todo(task)
	}
	served, visitors := 0, visitorsWho(goodWords[mine("NoLeak")[0]])
	for seed := range uint64(leakSeeds) {
		for _, client := range visitors {
			lab, p, fd, err := visit(client.does)
			if err != nil {
				return no("The experiment failed: %v.", err)
			}
			lab.RunFor(time.Duration(seed) * 40 * time.Microsecond)
			if endless(func() { err = answer(p, fd) }) {
				return no("With a client that %s your function does not come to an end.", client.name)
			}
			if o, is := still(task, err); is {
				lab.Close()
				return o
			}
			lab.RunFor(10 * time.Millisecond)
			var stuck *sockets.StuckError
			open, saw := p.Open(), client.sees(lab)
			late := time.Duration(lab.Now()) > time.Minute // clients wait for an hour
			lab.Close()
			switch {
			case late || errors.As(err, &stuck):
				return no("A client that %s waits for you, and you for it: neither ever moves.", client.name)
			case open > 4:
				return no("A client that %s has gone, and its descriptor is still open. Every path out of the function must close.", client.name)
			case open < 4:
				return no("The listener is closed, too: only fd is yours to close.")
			case saw != "":
				return no("A client that %s %s.", client.name, saw)
			}
			served++
		}
	}
	return yes("%s clients of five kinds came, and none left a descriptor behind.", word(served))
}

const leakSeeds = 20

// A visitor is a client that a server meets.
type visitor struct {
	name string
	does func(c *sockets.Process, conn int)
	sees func(lab *sockets.Network) string
}

// visitorsWho are the kinds of them; who asks wants that answer. (Of what each of them
// has seen nothing but the answer to its question matters.)
func visitorsWho(want string) []visitor {
	return append([]visitor{{"asks and waits", func(c *sockets.Process, conn int) {
		c.Write(conn, []byte("hello"))
		buf := make([]byte, 10)
		if n, _ := c.Read(conn, buf); n > 0 && string(buf[:n]) == want {
			c.Dup2(conn, 100) // a mark: it was answered
		}
	}, func(lab *sockets.Network) string {
		for _, row := range lab.Host("client").Sockets() {
			if strings.Contains(row.Processes, "fd=100") {
				return ""
			}
		}
		return "got no answer " + strconv.Quote(want)
	}}}, others...)
}

var others = []visitor{
	{"says nothing and leaves", func(c *sockets.Process, conn int) { c.Close(conn) }, silent},
	{"asks and leaves at once", func(c *sockets.Process, conn int) {
		c.Write(conn, []byte("hello"))
		c.Close(conn)
	}, silent},
	{"ends with a reset", func(c *sockets.Process, conn int) {
		c.Setsockopt(conn, sockets.SOL_SOCKET, sockets.SO_LINGER, []byte{1, 0, 0, 0, 0, 0, 0, 0}, 8)
		c.Close(conn)
	}, silent},
	{"takes its time", func(c *sockets.Process, conn int) {
		c.Sleep(2 * time.Millisecond)
		c.Write(conn, []byte("hello"))
	}, silent},
}

func silent(*sockets.Network) string { return "" }

// Calm checks a loop that accepts clients on a listener and gets through a time
// without descriptors: there is room for three, and one is closed now and then.
func Calm(answer func(p *sockets.Process, door, served int) error) {
	own("Calm", calm(answer)).print(3)
}

func calm(answer func(p *sockets.Process, door, served int) error) outcome {
	const (
		task   = "Accept, and when there is no descriptor wait and try again."
		served = 12
		often  = 200 // failures that a pause of a fraction of a millisecond would not reach
	)
	if answer == nil {
		return todo(task)
	}
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	server := lab.NewHost("server", sockets.Limits{NofileSoft: 7, Costs: sockets.KernelCosts})
	crowd := lab.NewHost("clients", sockets.Limits{})
	lab.NewLink(server, crowd, sockets.LAN)
	var err error
	ended := false
	server.Spawn("web", func(p *sockets.Process) {
		door, _ := p.ListenOn(sockets.Any(80), 100)
		p.Go(func() {
			for k := 0; ; k++ {
				p.Sleep(5 * time.Millisecond)
				p.Close(4 + k%3)
			}
		})
		err = answer(p, door, served)
		ended = true
		p.Sleep(time.Hour)
	})
	crowd.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 2 * served})
	var run error
	if endless(func() { run = lab.RunFor(100 * time.Millisecond) }) {
		return no("Your function does not come to an end.")
	}
	defer lab.Close()
	if o, is := still(task, err); is {
		return o
	}
	accepted, failed, pauses := accepts(lab.Tape())
	pause := time.Duration(mine("Calm")[0]) * time.Millisecond
	switch {
	case run != nil:
		return no("The experiment failed: %v.", run)
	case err != nil && accepted < served:
		return no("Your function gave up after %s: %v. It is an answer that passes: wait a moment and ask again.", count(accepted, "client", "clients"), err)
	case failed > often:
		return no("accept4 failed %s times: your loop spins, and the CPU does nothing else. Sleep a millisecond or more before you try again.", word(failed))
	case pause > 0 && len(pauses) > 0 && (slices.Min(pauses) < pause || slices.Max(pauses) >= pause+time.Millisecond):
		return no("Between a failure and the next call of accept4 %v went by at least and %v at most; it should be %v.",
			slices.Min(pauses).Round(100*time.Microsecond), slices.Max(pauses).Round(100*time.Microsecond), pause)
	case !ended:
		return no("After a tenth of a second %s of %s clients were accepted. Descriptors were free at least every five milliseconds.", word(accepted), word(served))
	case accepted != served:
		return no("You returned with %s accepted; it should be %s.", count(accepted, "client", "clients"), word(served))
	}
	return yes("%s clients with room for three at a time, and accept4 failed %s times.", word(accepted), word(failed))
}

// accepts are the calls of accept4 that let somebody in, those for which there was no
// descriptor, and the times from one of these to the next call.
func accepts(tape *sockets.Tape) (accepted, failed int, pauses []time.Duration) {
	before := time.Duration(-1) // when it failed, if that was the last call
	for _, e := range tape.Events() {
		if e.Station != sockets.StationSyscall || !strings.Contains(e.Text, "accept4(") {
			continue
		}
		if before >= 0 {
			pauses = append(pauses, time.Duration(e.At)-before)
		}
		before = -1
		switch e.Errno {
		case sockets.EMFILE:
			failed++
			before = time.Duration(e.At)
		case 0:
			accepted++
		}
	}
	return accepted, failed, pauses
}

// Machine checks the limits of a host with 256 MiB that is to hold 50,000
// connections: first by sum, then by experiment, with the same value.
func Machine(answer sockets.Limits) { own("Machine", machine(answer)).print(4) }

func machine(answer sockets.Limits) outcome {
	const ram = 256 << 20
	goal := mine("Machine")[0]
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
	if b := v.Binding(); int(b.Allows) < goal {
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
