package sockets_test

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// One line of text is a run. It can be read, changed, played, and captured.
func ExampleParseReplay() {
	run, err := sockets.ParseReplay("sockets:v1:refused?seed=7&delay=1ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run)
	var capture bytes.Buffer // or a file, for Wireshark
	if err := run.Pcapng(&capture); err != nil {
		fmt.Println(err)
	}
	lab, err := run.Run(sockets.Record())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer lab.Close()
	for line := range strings.Lines(lab.Tape().Tcpdump(lab.Host("client"))) {
		_, flags, _ := strings.Cut(line, ": ")
		flags, _, _ = strings.Cut(flags, ",")
		fmt.Println(flags)
	}

	_, err = sockets.ParseReplay("sockets:v1:refused?delay=2days")
	fmt.Println(err)
	// Output:
	// sockets:v1:refused?seed=7&delay=1ms&rate=10000000000&queue=1000
	// Flags [S]
	// Flags [R.]
	// sockets: option delay of scenario refused is "2days", allowed: 0s to 1h0m0s
}

// A player stops anywhere in a run and shows what is there: here the instant at
// which the SYN lies in the server's rx ring.
func ExamplePlayer() {
	run, err := sockets.ParseReplay("sockets:v1:handshake?seed=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	player, err := run.Player()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer player.Close()
	for player.Step() {
		server := player.State().Hosts[0]
		if server.Rings[1].Used > 0 {
			break
		}
	}
	for _, e := range player.Happened() {
		fmt.Println(e.Host, e.Station, e.Text)
	}
	player.Back()
	for _, f := range player.State().Flying {
		fmt.Printf("before that, on the way from %s to %s\n", f.From, f.To)
	}
	// Output:
	// server rx ring (DMA) eth0: rx ring holds 1 of 1024
	// before that, on the way from client/eth0 to server/eth0
}

// A program of one's own becomes a scenario, with its source in the string.
func ExampleRegister() {
	defer sockets.Forget() // so that this example can run twice
	err := sockets.Register(sockets.Scenario{
		Name:    "two-sleepers",
		Doc:     "two programs sleep",
		Source:  "the text of this program", // for instance from go:embed
		Options: []sockets.ScenarioOption{sockets.IntOption("nap", 3, 1, 60, "seconds")},
		Build: func(lab *sockets.Network, o sockets.Values) {
			host := lab.NewHost("host", sockets.Limits{})
			for range 2 {
				host.Spawn("sleeper", func(p *sockets.Process) { p.Sleep(time.Duration(o.Int("nap")) * time.Second) })
			}
		},
	})
	fmt.Println(err)
	run, err := sockets.NewReplay("two-sleepers", 1)
	fmt.Println(run, err)
	_, err = sockets.ParseReplay("sockets:v1:two-sleepers?seed=1&nap=3&source=0123456789abcdef")
	fmt.Println(err)
	// Output:
	// <nil>
	// sockets:v1:two-sleepers?seed=1&nap=3&source=400e2fb6b1c22e9c <nil>
	// sockets: source is "0123456789abcdef", allowed: 400e2fb6b1c22e9c: scenario two-sleepers has another source than the one this string was made with
}

// What can be replayed without a program of one's own.
func ExampleScenarios() {
	for _, s := range sockets.Scenarios() {
		fmt.Printf("%-12s %s\n", s.Name, s.Doc)
	}
	// Output:
	// handshake    a client connects to a server that accepts, and nothing else
	// bulk         a client sends bytes, the server reads them to the end, both close
	// lossy-bulk   bulk over a wire that loses, doubles, delays and damages frames
	// close        a word there, a word back, and then one end closes first, or both at once
	// reset        a server ends a connection with a reset
	// refused      a client connects to a port at which nobody listens
	// backlog      a burst of clients meets a listener whose queue is short
	// udp          datagrams to a port where somebody reads them, or nobody
	// ipv6         neighbours find each other, then a connection and a datagram that nobody takes, over IPv6
	// path-mtu     a router before a narrow wire: a large datagram in fragments, and TCP that learns what fits
	// time-wait    a client comes back from the same port while the server remembers its last connection
	// zero-window  a reader pauses, and its window closes
	// overload     a crowd comes by chance, faster than a small ring and a slow server can take it
	// livelock     datagrams come faster than a CPU can take them, and the reader starves
}
