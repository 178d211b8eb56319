package check

import (
	"errors"
	"fmt"

	"socketbook/sockets"
)

// The exercises of lesson 8.

// ClientAddrs checks how many client addresses it takes at least for 60,000
// connections to one server port, with Linux's default range of ports.
func ClientAddrs(answer int) { own("ClientAddrs", clientAddrs(answer)).print(1) }

func clientAddrs(answer int) outcome {
	clients := mine("ClientAddrs")[0]
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

// OnePort checks a function that connects two sockets from one address and port
// to two destinations.
func OnePort(answer func(client *sockets.Process, to80, to81 sockets.SockAddr) error) {
	own("OnePort", onePort(answer)).print(2)
}

func onePort(answer func(client *sockets.Process, to80, to81 sockets.SockAddr) error) outcome {
	const task = "Two sockets, one port, two destinations."
	if answer == nil {
		return todo(task)
	}
	lab, server, host := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	web, client := server.NewProcess("web"), host.NewProcess("client")
	for _, port := range []uint16{80, 81} {
		if _, err := web.ListenOn(sockets.Any(port), 5); err != nil {
			return no("The experiment failed: %v.", err)
		}
	}
	var err error
	if endless(func() { err = answer(client, server.Addr(80), server.Addr(81)) }) {
		return no("Your function does not come to an end.")
	}
	if o, is := still(task, err); is {
		return o
	}
	from := map[string]string{}
	for _, row := range host.Sockets().In(sockets.Established) {
		from[row.Peer.String()] = row.Local.String()
	}
	a, b := from["10.0.0.1:80"], from["10.0.0.1:81"]
	want := fmt.Sprintf("10.0.0.2:%d", mine("OnePort")[0])
	switch {
	case errors.Is(err, sockets.EADDRINUSE):
		return no("The second bind failed: %v. Both sockets must have SO_REUSEADDR set, and before they bind.", err)
	case err != nil:
		return no("Your function gave up with an error: %v.", err)
	case a == "" && b == "":
		return no("Nobody is connected.")
	case a == "" || b == "":
		return no("Only one of the two is connected.")
	case a != b:
		return no("They come from %s and %s: two ports. Bind both to %s.", a, b, want)
	case a != want:
		return no("Both come from %s, and should from %s.", a, want)
	}
	return yes("%s has two connections: the five-tuples differ in one number, and that is enough.", want)
}

// ProxyRate checks how many new connections a second a proxy can make to three
// backends, each closed first by the proxy.
func ProxyRate(answer int) { own("ProxyRate", proxyRate(answer)).print(3) }

func proxyRate(answer int) outcome {
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	l := sockets.Limits{}.WithDefaults()
	one := float64(l.EphemeralPorts()) / l.TimeWait.Seconds()
	backends := mine("ProxyRate")[0]
	switch is := int(float64(backends) * one); answer {
	case is, is + 1:
		return yes("%d × 28,232 five-tuples, each of which rests for 60 s: %s a second.", backends, word(is))
	case int(one), int(one) + 1:
		return no("That is for one backend. A port can be in use for each of the %d at once.", backends)
	case backends * l.EphemeralPorts():
		return no("That is how many five-tuples there are. How long does each rest before it can be used again?")
	}
	return no("It is not %s. How many five-tuples are there, and for how long does each rest?", word(answer))
}

// Knob checks the name of the sysctl that moves the wall of a client with
// 28,197 ports in TIME_WAIT.
func Knob(answer string) { knob(answer).print(4) }

// shortage is a log and the sysctl that helps.
type shortage struct {
	log   string
	knobs map[string]string // and what is said of it
	hint  string
}

// shortages are those of the students; the first is the lesson's.
var shortages = []shortage{
	{"connect: cannot assign requested address. ss -s says estab 35, timewait 28197; the only destination is 10.0.0.1:443",
		map[string]string{
			"net.ipv4.ip_local_port_range": "From 32768-60999 to 1024-65535 makes 64,512 ports of the 28,232. Better still: keep connections open, or give the server a second port.",
			"net.ipv4.tcp_tw_reuse":        "With 1 a resting five-tuple may be taken again after a second. Better still: keep connections open.",
		}, "%s does not give a client more five-tuples."},
	{"a server asks listen for a backlog of 1024, ss -ltn shows it with Send-Q 128, and in a burst of clients ListenOverflows grows",
		map[string]string{"net.core.somaxconn": "listen gets what it asks for, or somaxconn if that is less. The server must then listen anew."},
		"%s does not make a backlog longer."},
	{"accept4: too many open files in system. Each process is far below its ulimit -n",
		map[string]string{"fs.file-max": "It bounds the open files of all processes together: ENFILE, where the limit of one process says EMFILE."},
		"%s does not bound the open files of all processes."},
	{"ulimit -n 2000000: operation not permitted, though it is root who asks",
		map[string]string{"fs.nr_open": "No process may have more descriptors than that, and no limit be set higher, not even by root."},
		"%s does not bound what a limit may be set to."},
}

func knobShows(n []int) string { return "  " + shortages[n[0]].log }

func knob(answer string) outcome { return own("Knob", knobOf(answer)) }

func knobOf(answer string) outcome {
	if answer == "" {
		return todo("Write the name of the sysctl between the quotes.")
	}
	lab, _, client := street(sockets.Limits{}, sockets.Limits{})
	defer lab.Close()
	if _, err := client.Sysctl(answer); err != nil {
		return no("%v.", err)
	}
	is := shortages[mine("Knob")[0]]
	if why, helps := is.knobs[answer]; helps {
		return yes("%s", why)
	}
	if mine("Knob")[0] > 0 {
		return no(is.hint, answer)
	}
	switch answer {
	case "net.ipv4.tcp_fin_timeout":
		return no("Its name misleads: it bounds FIN_WAIT2. TIME_WAIT is 60 s, a constant of the kernel.")
	case "net.ipv4.tcp_max_tw_buckets":
		return no("That bounds how many may rest; a smaller one throws the memory away that protects the next connection. What is short is ports.")
	}
	return no(is.hint, answer)
}
