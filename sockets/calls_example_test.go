package sockets_test

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"socketbook/sockets"
)

// talking is a client's and a server's end of one connection.
func talking() (lab *sockets.Network, client, server *sockets.Process, c, s int) {
	lab = sockets.NewNetwork(sockets.Seed(1))
	a, b := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(b, a, sockets.LAN)
	server, client = a.NewProcess("web"), b.NewProcess("browser")
	door, _ := server.ListenOn(sockets.Any(80), 5)
	c, _ = client.Dial(a.Addr(80))
	s, _, _ = server.Accept4(door, 0)
	return lab, client, server, c, s
}

// A program written against Calls runs here and, with package sockets/linux, on the
// real kernel.
func ExampleCalls() {
	open := func(k sockets.Calls, port uint16) (int, error) {
		fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err != nil {
			return -1, err
		}
		if err := k.Bind(fd, sockets.Any(port)); err != nil {
			return -1, err
		}
		return fd, k.Listen(fd, 128)
	}
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	host := lab.NewHost("server", sockets.Limits{})
	fmt.Println(open(host.NewProcess("one"), 80))
	_, err := open(host.NewProcess("two"), 80)
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// bind(3, 0.0.0.0:80): EADDRINUSE (Address already in use)
}

// Four ways to write an address.
func ExampleParseAddr() {
	fmt.Println(sockets.ParseAddr("10.0.0.1:80"))
	fmt.Println(sockets.Any(80), sockets.Any6(80))
	fmt.Println(sockets.SockAddrFrom(netip.MustParseAddrPort("[2001:db8::1]:443")))
	_, err := sockets.ParseAddr("example.org:80")
	fmt.Println(err)
	// Output:
	// 10.0.0.1:80 <nil>
	// 0.0.0.0:80 [::]:80
	// [2001:db8::1]:443
	// sockets: address is "example.org", allowed: four numbers of 0 to 255, as in 10.0.0.1, or an IPv6 address in brackets
}

// An error is a call, what it was called on, and a number that errors.Is knows.
func ExampleOpError() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	p := lab.NewHost("server", sockets.Limits{}).NewProcess("web")
	_, err := p.Read(7, make([]byte, 10))
	var op *sockets.OpError
	fmt.Println(err, errors.As(err, &op), op.Op, op.FD, errors.Is(err, sockets.EBADF))
	// Output:
	// read(7): EBADF (Bad file descriptor) true read 7 true
}

// A call from outside that nothing can ever wake does not hang: it says who sleeps.
func ExampleStuckError() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	p := lab.NewHost("server", sockets.Limits{}).NewProcess("web")
	door, _ := p.ListenOn(sockets.Any(80), 5)
	_, _, err := p.Accept4(door, 0)
	var stuck *sockets.StuckError
	fmt.Println(err, errors.As(err, &stuck))
	// Output:
	// sockets: web[1000] in accept4(3) can never return: nothing is left to happen that could wake it true
}

// What no kernel could run on is refused by name.
func ExampleLimitError() {
	err := sockets.Limits{PortLow: 40000, PortHigh: 30000}.Validate()
	var limit *sockets.LimitError
	fmt.Println(err)
	fmt.Println(errors.As(err, &limit), limit.Field)

	lab := sockets.NewNetwork(sockets.Seed(1), sockets.MemoryBudget(1<<20))
	defer lab.Close()
	server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 20_000})
	fmt.Println(lab.Run())
	// Output:
	// sockets: PortLow is 40000, allowed: 1 to 30000
	// true PortLow
	// crowd on host "client": sockets: Clients is 20000, allowed: 1045 or fewer: 18.5 MB of this machine's memory are needed, and of the budget of 1.05 MB are left 966 kB
}

// sysctl by its name; a value the kernel would not take is refused as it would.
func ExampleSysctlError() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	h := lab.NewHost("server", sockets.Limits{})
	fmt.Println(h.Sysctl("net.core.somaxconn"))
	err := h.SetSysctl("net.ipv4.tcp_syn_retries", "many")
	var refused *sockets.SysctlError
	fmt.Println(err, errors.As(err, &refused), refused.Err == sockets.EINVAL)
	// Output:
	// 4096 <nil>
	// sockets: sysctl net.ipv4.tcp_syn_retries = "many": EINVAL (Invalid argument) true true
}

// epoll gives back the 64 bits that each descriptor was registered with.
func ExampleEpollEvent() {
	lab, client, server, c, s := talking()
	defer lab.Close()
	ep, _ := server.EpollCreate1(0)
	server.EpollCtl(ep, sockets.EPOLL_CTL_ADD, s, &sockets.EpollEvent{Events: sockets.EPOLLIN, Data: 42})
	client.Write(c, []byte("hello"))
	events, err := server.EpollWait(ep, 10, time.Second)
	for _, e := range events {
		fmt.Println(e.Data, e.Events == sockets.EPOLLIN, err)
	}
	// Output:
	// 42 true <nil>
}

// poll fills Revents, and returns how many descriptors are ready.
func ExamplePollFD() {
	lab, client, server, c, s := talking()
	defer lab.Close()
	fds := []sockets.PollFD{{FD: s, Events: sockets.POLLIN}, {FD: -1, Events: sockets.POLLIN}}
	fmt.Println(server.Poll(fds, len(fds), time.Millisecond))
	client.Write(c, []byte("hello"))
	n, err := server.Poll(fds, len(fds), time.Second)
	fmt.Println(n, err, fds[0].Revents == sockets.POLLIN, fds[1].Revents)
	// Output:
	// 0 <nil>
	// 1 <nil> true 0
}

// The trap in select: descriptor 1,024 has no bit in the set.
func ExampleFDSet() {
	lab, client, server, c, s := talking()
	defer lab.Close()
	var set sockets.FDSet
	set.Set(s)
	client.Write(c, []byte("hello"))
	n, err := server.Select(s+1, &set, nil, nil, time.Second)
	fmt.Println(n, err, set.IsSet(s))

	err = set.Set(1024)
	var size *sockets.SetSizeError
	fmt.Println(err, errors.As(err, &size))
	// Output:
	// 1 <nil> true
	// sockets: FD_SET(1024) writes behind the set, at byte 0 of what comes next; the set ends at FD_SETSIZE, 1024 true
}

// One message, scattered over two buffers; it says where it comes from.
func ExampleMsg() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	a, b := lab.NewHost("a", sockets.Limits{}), lab.NewHost("b", sockets.Limits{})
	lab.NewLink(a, b, sockets.LAN)
	from, to := a.NewProcess("from"), b.NewProcess("to")
	in, _ := to.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	to.Bind(in, sockets.Any(53))
	out, _ := from.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	there := b.Addr(53)
	from.Sendmsg(out, &sockets.Msg{Name: &there, Bufs: [][]byte{[]byte("head"), []byte("body")}}, 0)

	head, body := make([]byte, 4), make([]byte, 2)
	m := sockets.Msg{Name: &sockets.SockAddr{}, Bufs: [][]byte{head, body}}
	n, err := to.Recvmsg(in, &m, 0)
	fmt.Printf("%d %v %s %s from %v, truncated %v\n", n, err, head, body, m.Name, m.Flags&sockets.MSG_TRUNC != 0)
	// Output:
	// 6 <nil> head bo from 10.0.0.1:36249, truncated true
}
