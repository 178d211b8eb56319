package capacity_test

import (
	"fmt"

	"socketbook/capacity"
	"socketbook/sockets"
)

// must keeps the sums below on one line each; an example has no bad input.
func must[T any](answer T, err error) T {
	if err != nil {
		panic(err)
	}
	return answer
}

// A process is allowed 1,024 descriptors by default. It is born with three and
// its listener takes the fourth, so 1,020 are left for connections.
func ExampleByDescriptors() {
	fmt.Println("0-2 and a listener:", must(capacity.ByDescriptors(1024, 4, 1)))
	fmt.Println("and an epoll instance:", must(capacity.ByDescriptors(1024, 5, 1)))
	fmt.Println("a proxy, two each:", must(capacity.ByDescriptors(1024, 4, 2)))
	fmt.Println("to hold a million:", must(capacity.NeedDescriptors(1_000_000, 4, 1)))
	// Output:
	// 0-2 and a listener: 1,020
	// and an epoll instance: 1,019
	// a proxy, two each: 510
	// to hold a million: 1,000,004
}

// A thousand clients: the listener is number 3, the conversations follow it.
func ExampleWorkload_Descriptors() {
	u := must(capacity.Workload{}.Descriptors(1000))
	fmt.Printf("connections have descriptors %v to %v\n", u.First, u.Last)
	fmt.Printf("%v sockets with the listener, %v descriptors with 0-2\n", u.Sockets(), u.Open())
	// Output:
	// connections have descriptors 4 to 1,003
	// 1,001 sockets with the listener, 1,004 descriptors with 0-2
}

// One client runs out of its own ports, and only towards one destination.
func ExampleByTuples() {
	ports := sockets.Limits{}.EphemeralPorts()
	fmt.Println("one client, Linux's default:", must(capacity.ByTuples(1, ports, 1, 1)))

	wide := sockets.Limits{PortLow: 1024, PortHigh: 65535}.EphemeralPorts()
	fmt.Println("one client, 1024 to 65535:", must(capacity.ByTuples(1, wide, 1, 1)))
	fmt.Println("one client, every port but 0:", must(capacity.ByTuples(1, 65535, 1, 1)))
	fmt.Println("the same, ten server ports:", must(capacity.ByTuples(1, ports, 1, 10)))
	fmt.Println("all of IPv4, one server port:", must(capacity.ByTuples(1<<32, 1<<16, 1, 1)))
	// Output:
	// one client, Linux's default: 28,232
	// one client, 1024 to 65535: 64,512
	// one client, every port but 0: 65,535
	// the same, ten server ports: 282,320
	// all of IPv4, one server port: 281,474,976,710,656
}

// How many client machines a test with a million connections needs.
func ExampleNeedClientAddrs() {
	fmt.Println("stock clients:", must(capacity.NeedClientAddrs(1_000_000, 28232, 1, 1)))
	fmt.Println("with 1024 to 65535:", must(capacity.NeedClientAddrs(1_000_000, 64512, 1, 1)))
	// Output:
	// stock clients: 36
	// with 1024 to 65535: 16
}

// Two statements that are often made in one breath: a socket takes 3 to 10 KB,
// and 16 GB carry one to two million. Each is sound; they do not agree, since
// the first is a kernel's socket and the second a socket with its application.
func ExampleByMemory() {
	for _, ram := range []capacity.Bytes{16 * capacity.GB, 16 * capacity.GiB} {
		fmt.Println(ram, "at 10 KB:", must(capacity.ByMemory(ram, 0, 10*capacity.KB)))
		fmt.Println(ram, "at  3 KB:", must(capacity.ByMemory(ram, 0, 3*capacity.KB)))
	}
	for _, n := range []capacity.Count{2_000_000, 1_000_000} {
		fmt.Println(n, "in 16 GB means", must(capacity.PerConn(16*capacity.GB, 0, n)), "each")
	}
	// Output:
	// 16 GB at 10 KB: 1,600,000
	// 16 GB at  3 KB: 5,333,333
	// 16 GiB at 10 KB: 1,717,986
	// 16 GiB at  3 KB: 5,726,623
	// 2,000,000 in 16 GB means 8 KB each
	// 1,000,000 in 16 GB means 16 KB each
}

// A stock host with 16 GiB: every wall, the command that takes it to the next.
func ExampleOf() {
	v := must(capacity.Of(sockets.Limits{}, capacity.Workload{}))
	fmt.Print(v)
	fmt.Println("binding:", v.Binding().Limit)
	// Output:
	// limit               allows               what you see              command                        cost
	// > RLIMIT_NOFILE soft  1,020                EMFILE at accept4;        ulimit -Sn 4096                8 B of table each;
	//                                            connections wait in the                                  select() breaks from
	//                                            accept queue                                             1,024 on
	//   RLIMIT_NOFILE hard  4,092                EPERM at setrlimit        ulimit -Hn 1048576             root, or LimitNOFILE=
	//                                            (ulimit -n), unless root                                 and a restart
	//   fs.nr_open          1,048,572            EPERM at setrlimit        sysctl -w fs.nr_open=1677760   root; programs that
	//                                            (ulimit -n), even for                                    loop over all numbers
	//                                            root                                                     slow down
	//   fs.file-max         1,677,717            ENFILE at accept4, in     sysctl -w fs.file-max=4486781  root; files are kernel
	//                                            every process but root's                                 memory that cannot be
	//                                                                                                     swapped
	//   RAM                 4,486,777            ENOMEM at socket, drops,  34.4 GB of RAM                 money, or a leaner
	//                                            then the OOM killer                                      program
	//   five-tuples         281,474,976,710,656  EADDRNOTAVAIL at the      a further server port or       addresses; connect()
	//                                            client's connect; the     address                        slows once half of a
	//                                            server sees nothing                                      range is used
	// binding: RLIMIT_NOFILE soft
}

// The way to a million, in the order to type it: a Go server, stock clients.
func ExampleVerdict_Reach() {
	v := must(capacity.Of(sockets.Limits{}, capacity.Workload{
		Clients:  []capacity.Clients{{Addrs: 1}},
		Epoll:    true,
		Reserve:  1, // the runtime's eventfd
		AppBytes: capacity.AppNetHTTP,
	}))
	for _, w := range must(v.Reach(1_000_000)) {
		fmt.Printf("%s allows %v: %s\n", w.Limit, w.Allows, w.Command)
	}
	// Output:
	// RAM allows 733,618: 23.4 GB of RAM, or at most 13,142 B of application a connection
	// five-tuples allows 28,232: 36 client addresses (ip address add), or 16 with sysctl -w net.ipv4.ip_local_port_range="1024 65535"
	// RLIMIT_NOFILE hard allows 4,090: ulimit -Hn 1000006
	// RLIMIT_NOFILE soft allows 1,018: ulimit -Sn 1000006
}

// Capacity against ulimit -n: the limit itself, until something else binds.
func ExampleAgainstNofile() {
	c := must(capacity.AgainstNofile(sockets.Limits{}, capacity.Workload{}, capacity.Span{Points: 5}))
	for i := range c.Len() {
		x, y := c.XY(i)
		fmt.Printf("%.0f → %.0f %s\n", x, y, c.Binding(i))
	}
	// Output:
	// 16 → 12 RLIMIT_NOFILE soft
	// 512 → 508 RLIMIT_NOFILE soft
	// 1024 → 1020 RLIMIT_NOFILE soft
	// 4096 → 4092 RLIMIT_NOFILE soft
	// 16400 → 16396 RLIMIT_NOFILE soft
	// 524000 → 523996 RLIMIT_NOFILE soft
	// 1048576 → 1048572 RLIMIT_NOFILE soft
	// 1048577 → 1048572 fs.nr_open
	// 16777216 → 1048572 fs.nr_open
}

// 16 GB is not 16 GiB.
func ExampleParseBytes() {
	for _, s := range []string{"16 GB", "16 GiB", "1.5 MiB", "3,829 B"} {
		b := must(capacity.ParseBytes(s))
		fmt.Printf("%s = %d bytes\n", b, int64(b))
	}
	_, err := capacity.ParseBytes("16 G")
	fmt.Println(err)
	// Output:
	// 16 GB = 16000000000 bytes
	// 16 GiB = 17179869184 bytes
	// 1,536 KiB = 1572864 bytes
	// 3,829 B = 3829 bytes
	// capacity: bytes is "16 G", allowed: a number and one of B, KB, MB, GB, TB, PB (1000) or KiB, MiB, GiB, TiB, PiB (1024), below 8 EiB
}
