package sockets_test

import (
	"errors"
	"fmt"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/sim"
)

// Loss in bursts: one frame in a hundred begins a bad state of four on average.
func ExampleGilbertElliott() {
	burst := sockets.GilbertElliott{ToBad: 0.01, ToGood: 0.25}
	fmt.Printf("in the long run %.1f %% are lost\n", 100*burst.Loss())
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	a, b := lab.NewHost("a", sockets.Limits{}), lab.NewHost("b", sockets.Limits{})
	link := lab.NewLink(a, b, sockets.LinkOptions{Burst: burst})
	p := a.NewProcess("a")
	fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	to := b.Addr(9)
	for range 1000 {
		p.Sendto(fd, []byte("x"), 0, &to)
	}
	lab.Run()
	var stats sockets.LinkStats = link.Stats(a)
	fmt.Println(stats.Lost, "of 1,000 lost")
	// Output:
	// in the long run 3.8 % are lost
	// 33 of 1,000 lost
}

// A crowd knows what has become of its clients.
func ExampleLoad_Result() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	load := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 10}) // nobody listens
	lab.Run()
	var result sockets.LoadResult = load.Result()
	fmt.Println(result.Started, result.Connected, result.Refused)
	// Output:
	// 10 0 10
}

// Hosts that have to ask for each other's card, and the tables they keep.
func ExampleARP() {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.ARP())
	defer lab.Close()
	server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	client.NewProcess("browser").Dial(server.Addr(80))
	for _, n := range client.Neighbours() {
		var row sockets.NeighbourRow = n
		fmt.Println(row.Addr, row.Dev, row.State)
	}
	// Output:
	// 10.0.0.1 eth0 REACHABLE
}

// Two networks and a host between them that forwards.
func ExampleRoute() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	a, router, b := lab.NewHost("a", sockets.Limits{}), lab.NewHost("router", sockets.Limits{}), lab.NewHost("b", sockets.Limits{})
	lab.NewLink(a, router, sockets.LAN)
	lab.NewLink(router, b, sockets.LAN)
	router.SetSysctl("net.ipv4.ip_forward", "1")
	const via = "10.0.0.2" // the router; addresses are given in the order of the hosts
	fmt.Println(a.AddRoute(sockets.Route{To: "default", Via: via}), b.AddRoute(sockets.Route{To: "default", Via: via}))
	b.NewProcess("web").ListenOn(sockets.Any(80), 5)
	_, err := a.NewProcess("browser").Dial(b.Addr(80))
	fmt.Println(err)
	fmt.Println(a.AddRoute(sockets.Route{To: "10.0.0.3", Type: "prohibit"}))
	_, err = a.NewProcess("browser").Dial(b.Addr(80))
	fmt.Println(err)
	// Output:
	// <nil> <nil>
	// <nil>
	// <nil>
	// connect(3, 10.0.0.3:80): EACCES (Permission denied)
}

// The card cuts large segments: tcpdump sees one, the wire many.
func ExampleOffloads() {
	for _, on := range []bool{false, true} {
		lab, client, server, c, s := talking()
		if err := client.Host().SetOffload("eth0", sockets.OffloadTSO, on); err != nil {
			fmt.Println(err)
		}
		client.Write(c, make([]byte, 14_000))
		server.Read(s, make([]byte, 14_000))
		lab.RunFor(time.Second)
		stats := client.Host().Stats()
		fmt.Println(sockets.OffloadTSO, on, "large segments", stats.TSOPackets, "cut into", stats.TSOFrames)
		lab.Close()
	}
	// Output:
	// tcp-segmentation-offload false large segments 0 cut into 0
	// tcp-segmentation-offload true large segments 1 cut into 9
}

// A tap is the end of a wire at which a test sits: it sees each packet.
func ExampleTapOptions() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	host := lab.NewHost("client", sockets.Limits{})
	tap := lab.NewTap(host, sockets.TapOptions{Receive: func(at sim.Time, packet []byte) {
		if syn := packet[33]&2 != 0; syn {
			fmt.Printf("a SYN of %d bytes after %v\n", len(packet), time.Duration(at))
		}
	}})
	host.Spawn("browser", func(p *sockets.Process) { p.Dial(tap.Addr(80)) })
	lab.RunFor(4 * time.Second) // nobody answers
	// Output:
	// a SYN of 60 bytes after 0s
	// a SYN of 60 bytes after 1s
	// a SYN of 60 bytes after 2s
	// a SYN of 60 bytes after 3s
	// a SYN of 60 bytes after 4s
}

// A run that somebody outside may end: a context's Err is such a function.
func ExampleStopWhen() {
	enough := errors.New("enough")
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.StopWhen(func() error { return enough }))
	defer lab.Close()
	lab.NewHost("server", sockets.Limits{}).Spawn("busy", func(p *sockets.Process) {
		for {
			p.Sleep(time.Millisecond) // for ever
		}
	})
	fmt.Println(errors.Is(lab.Run(), enough))
	// Output:
	// true
}

// The options of a scenario say what they allow.
func ExampleScenarioOption() {
	for _, o := range []sockets.ScenarioOption{
		sockets.IntOption("clients", 10, 1, 1000, "how many come"),
		sockets.FloatOption("loss", 0, 0, 0.5, "share of frames that are lost"),
		sockets.DurationOption("delay", time.Millisecond, 0, time.Second, "one way"),
		sockets.ChoiceOption("congestion", "the algorithm", "cubic", "reno"),
	} {
		fmt.Printf("%s: %s, default %s, allowed %s\n", o.Name, o.Doc, o.Default(), o.Allowed())
	}
	// Output:
	// clients: how many come, default 10, allowed 1 to 1000
	// loss: share of frames that are lost, default 0, allowed 0 to 0.5
	// delay: one way, default 1ms, allowed 0s to 1s
	// congestion: the algorithm, default cubic, allowed cubic, reno
}
