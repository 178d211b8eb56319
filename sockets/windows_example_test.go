package sockets_test

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// ss with a filter, in ss's own words.
func ExampleParseSocketFilter() {
	lab, client, _, _, _ := talking()
	defer lab.Close()
	filter, err := sockets.ParseSocketFilter("state established dport = :80")
	fmt.Println(err)
	for _, row := range client.Host().SocketsWhere(filter) {
		fmt.Println(row.State, row.Local, row.Peer)
	}
	_, err = sockets.ParseSocketFilter("state open")
	fmt.Println(err)
	// Output:
	// <nil>
	// ESTABLISHED 10.0.0.2:51324 10.0.0.1:80
	// sockets: state is "open", allowed: a state as ss(8) spells it, such as established or time-wait
}

// ss -i: what a connection knows of its way.
func ExampleTCPInfo() {
	lab, client, server, c, s := talking()
	defer lab.Close()
	client.Write(c, make([]byte, 10_000))
	server.Read(s, make([]byte, 10_000))
	lab.RunFor(time.Second)
	for _, row := range client.Host().SocketsInfo(sockets.SocketFilter{States: []sockets.State{sockets.Established}}) {
		info := row.TCP
		fmt.Println(info.Congestion, "cwnd", info.Cwnd, "mss", info.MSS, "rtt", info.RTT, "lost", info.Lost)
	}
	// Output:
	// cubic cwnd 14 mss 1448 rtt 82µs lost 0
}

// A snapshot is the network at one instant, by value.
func ExampleNetwork_Snapshot() {
	lab, client, _, c, _ := talking()
	defer lab.Close()
	client.Write(c, []byte("hello"))
	before := lab.Snapshot()
	lab.RunFor(time.Millisecond)
	after := lab.Snapshot()
	for _, s := range []sockets.Snapshot{before, after} {
		var server sockets.HostSnapshot = s.Hosts[0]
		var ring sockets.RingSnapshot = server.Rings[1]
		var cpu sockets.CPUSnapshot = server.CPUs[0]
		unread := 0
		for _, r := range server.Sockets {
			var row sockets.SocketRow = r
			if row.State == sockets.Established {
				unread += row.RecvQ
			}
		}
		fmt.Println(len(s.Flying), "on the way,", ring.Used, "of", ring.Size, "in the ring,", cpu.Processed, "frames taken,", unread, "bytes unread")
	}
	// Output:
	// 1 on the way, 0 of 1024 in the ring, 2 frames taken, 0 bytes unread
	// 0 on the way, 0 of 1024 in the ring, 3 frames taken, 5 bytes unread
}

// How many sockets there are, of which kind, and what they cost.
func ExampleHost_MemoryUse() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	server.NewProcess("web").ListenOn(sockets.Any(80), 1000)
	client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 500})
	lab.RunFor(time.Second)

	var states sockets.StateCounts = server.SocketStates()
	for _, c := range states {
		var count sockets.StateCount = c
		fmt.Println(count.State, count.N)
	}
	var sum sockets.Summary = server.Sockstat()
	fmt.Println("sockets in use", sum.InUse)
	var use sockets.MemoryUse = server.MemoryUse()
	for _, o := range use.Objects {
		var objects sockets.KernelObjects = o
		fmt.Println(objects.N, objects.Cache, "of", objects.Size, "bytes")
	}
	fmt.Println(use.Kernel()/int64(use.Connections), "bytes a connection")
	// Output:
	// ESTABLISHED 500
	// LISTEN 1
	// sockets in use 501
	// 501 TCP of 2521 bytes
	// 1 sock_inode_cache of 862 bytes
	// 1 filp of 195 bytes
	// 1 dentry of 195 bytes
	// 1 lsm blobs of 56 bytes
	// 1 tcp_bind_bucket of 128 bytes
	// 2 tcp_bind2_bucket of 128 bytes
	// 0 request_sock_TCP of 341 bytes
	// 0 tw_sock_TCP of 256 bytes
	// 0 eventpoll of 208 bytes
	// 64 descriptor tables of 8 bytes
	// 0 pages of data of 4096 bytes
	// 2530 bytes a connection
}

// The descriptor table of a process, as lsof shows it.
func ExampleProcess_Descriptors() {
	lab, _, server, _, _ := talking()
	defer lab.Close()
	for _, d := range server.Descriptors().Rows {
		var row sockets.Descriptor = d
		fmt.Println(row.FD, row.Kind, row.Name)
	}
	// Output:
	// 0 /dev/null CHR 1,3
	// 1 /dev/null CHR 1,3
	// 2 /dev/null CHR 1,3
	// 3 listener TCP 0.0.0.0:80 (LISTEN)
	// 4 connection TCP 10.0.0.1:80->10.0.0.2:51324 (ESTABLISHED)
}

// All counters that are not zero, by the kernel's names; some alone.
func ExampleStats() {
	lab, client, server, c, s := talking()
	defer lab.Close()
	client.Write(c, []byte("hello"))
	server.Read(s, make([]byte, 10))
	stats := server.Host().Stats()
	var ip sockets.IPStats = stats.IPStats
	var loss sockets.LossStats = stats.LossStats
	fmt.Println(ip.IpInDelivers, "packets delivered,", loss.TCPTimeouts, "timeouts")
	for _, c := range stats.Protocols() {
		var counter sockets.Counter = c
		if counter.Value > 0 && strings.HasPrefix(counter.Name, "Tcp") {
			fmt.Println(counter.Name, counter.Value)
		}
	}
	// Output:
	// 3 packets delivered, 0 timeouts
	// TcpPassiveOpens 1
	// TcpInSegs 3
	// TcpOutSegs 2
}

// Where the time of each CPU went, where the host has costs.
func ExampleCPULoad() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server := lab.NewHost("server", sockets.Limits{Costs: sockets.KernelCosts, CPUs: 2})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	server.NewProcess("web").ListenOn(sockets.Any(80), 1000)
	client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 500, Within: 10 * time.Millisecond})
	lab.RunFor(20 * time.Millisecond)
	for i, load := range server.CPULoads() {
		var row sockets.Softnet = server.Softnet()[i]
		fmt.Printf("cpu %d: interrupts %v, stack %v, idle %v, %d frames\n", i, load.Hard, load.Soft, load.Idle, row.Processed)
	}
	// Output:
	// cpu 0: interrupts 504µs, stack 1.326ms, idle 18.17ms, 1000 frames
	// cpu 1: interrupts 0s, stack 0s, idle 20.001125ms, 0 frames
}

// The tape holds every floor that was crossed; an event can be asked for its parts.
func ExampleEvent() {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	defer lab.Close()
	host := lab.NewHost("client", sockets.Limits{})
	p := host.NewProcess("browser")
	p.Dial(host.Addr(80)) // nobody listens
	for _, e := range lab.Tape().Events() {
		if e.Errno != 0 {
			fmt.Println(e.Host, e.PID, e.Station, e.Errno, e.Text)
		}
	}
	// Output:
	// client 1000 syscall ECONNREFUSED (Connection refused) connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = -1 ECONNREFUSED (Connection refused)
}

// The stations of one segment, one by one.
func ExampleStop() {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	defer lab.Close()
	a, b := lab.NewHost("a", sockets.Limits{}), lab.NewHost("b", sockets.Limits{})
	lab.NewLink(a, b, sockets.LAN)
	b.Spawn("web", func(p *sockets.Process) {
		door, _ := p.ListenOn(sockets.Any(80), 5)
		fd, _, _ := p.Accept4(door, 0)
		p.Read(fd, make([]byte, 10))
	})
	a.Spawn("browser", func(p *sockets.Process) {
		fd, _ := p.Dial(b.Addr(80))
		p.Write(fd, []byte("hello"))
	})
	lab.Run()
	for _, s := range lab.Tape().Journey(0) {
		var stop sockets.Stop = s
		if stop.Moved > 0 {
			fmt.Println(stop.Host, stop.Station, stop.Moved, "bytes by the", stop.By)
		}
	}
	// Output:
	// a copy in 5 bytes by the CPU
	// a driver tx 71 bytes by the NIC
	// b rx ring (DMA) 71 bytes by the NIC
	// b copy out 5 bytes by the CPU
}

// What is left out is a list, with a test for each record.
func ExampleDeviation() {
	for _, d := range sockets.Deviations {
		var record sockets.Deviation = d
		if record.ID == "offload-defaults" {
			fmt.Println(record.Here, record.Why)
		}
	}
	// Output:
	// They are off until SetOffload turns them on. A story should show every segment that is on the wire.
}
