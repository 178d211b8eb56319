package sockets_test

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"socketbook/sockets"
)

// The smallest server and client: who makes which system call when.
func Example() {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	defer lab.Close()
	server := lab.NewHost("server", sockets.Limits{})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)

	web := server.Spawn("web", func(p *sockets.Process) {
		l, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		p.Bind(l, sockets.Any(80))
		p.Listen(l, 5)
		fd, _, _ := p.Accept4(l, 0)
		buf := make([]byte, 100)
		n, _ := p.Read(fd, buf)
		p.Write(fd, append([]byte("you said: "), buf[:n]...))
		p.Close(fd)
	})
	browser := client.Spawn("browser", func(p *sockets.Process) {
		fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		p.Connect(fd, server.Addr(80))
		p.Write(fd, []byte("hello"))
		p.Read(fd, make([]byte, 100))
	})
	lab.Run()
	fmt.Print(lab.Tape().Strace(web), "\n", lab.Tape().Strace(browser))
	// Output:
	// 0.000000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
	// 0.000000000 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = 0
	// 0.000000000 listen(3, 5)                = 0
	// 0.000125228 accept4(3, {sa_family=AF_INET, sin_port=htons(51324), sin_addr=inet_addr("10.0.0.2")}, [128 => 16], 0) = 4
	// 0.000125228 read(4, "hello", 100)       = 5
	// 0.000125228 write(4, "you said: hello", 15) = 15
	// 0.000125228 close(4)                    = 0
	// 0.000125228 exit_group(0)               = ?
	//
	// 0.000000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
	// 0.000084156 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = 0
	// 0.000084156 write(3, "hello", 5)        = 5
	// 0.000166300 read(3, "you said: hello", 100) = 15
	// 0.000166300 exit_group(0)               = ?
}

// The same bytes on the wire: three segments open the connection, four close
// it.
func ExampleTape_Tcpdump() {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	defer lab.Close()
	server := lab.NewHost("server", sockets.Limits{})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	s, c := server.NewProcess("web"), client.NewProcess("browser")
	l, _ := s.ListenOn(sockets.Any(80), 5)
	fd, _ := c.Dial(server.Addr(80))
	conn, _, _ := s.Accept4(l, 0)
	c.Write(fd, []byte("hello"))
	s.Read(conn, make([]byte, 10))
	c.Close(fd)
	lab.RunFor(time.Millisecond)
	s.Close(conn)
	lab.RunFor(time.Millisecond)
	fmt.Print(lab.Tape().Tcpdump(client))
	// Output:
	// 0.000000000 IP 10.0.0.2.51324 > 10.0.0.1.80: Flags [S], seq 1936172526, win 64240, options [mss 1460,sackOK,TS val 2629509575 ecr 0,nop,wscale 10], length 0
	// 0.000066156 IP 10.0.0.1.80 > 10.0.0.2.51324: Flags [S.], seq 3283974595, ack 1936172527, win 65160, options [mss 1460,sackOK,TS val 252489316 ecr 2629509575,nop,wscale 10], length 0
	// 0.000082156 IP 10.0.0.2.51324 > 10.0.0.1.80: Flags [.], ack 3283974596, win 63, options [nop,nop,TS val 2629509575 ecr 252489316], length 0
	// 0.000125228 IP 10.0.0.2.51324 > 10.0.0.1.80: Flags [P.], seq 1936172527:1936172532, ack 3283974596, win 63, options [nop,nop,TS val 2629509575 ecr 252489316], length 5
	// 0.000168304 IP 10.0.0.2.51324 > 10.0.0.1.80: Flags [F.], seq 1936172532, ack 3283974596, win 63, options [nop,nop,TS val 2629509575 ecr 252489316], length 0
	// 0.000191376 IP 10.0.0.1.80 > 10.0.0.2.51324: Flags [.], ack 1936172532, win 64, options [nop,nop,TS val 252489316 ecr 2629509575], length 0
	// 0.001193376 IP 10.0.0.1.80 > 10.0.0.2.51324: Flags [F.], seq 3283974596, ack 1936172533, win 64, options [nop,nop,TS val 252489317 ecr 2629509575], length 0
	// 0.001209376 IP 10.0.0.2.51324 > 10.0.0.1.80: Flags [.], ack 3283974597, win 63, options [nop,nop,TS val 2629509576 ecr 252489317], length 0
}

// The descriptor limit: accept4 fails with EMFILE, and the connection waits.
func ExampleProcess_Setrlimit() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server := lab.NewHost("server", sockets.Limits{})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	web := server.NewProcess("web")
	l, _ := web.ListenOn(sockets.Any(80), 10)
	web.Setrlimit(5, 4096)
	client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 2})
	lab.RunFor(time.Second)

	fmt.Println(web.Accept4(l, 0))
	_, _, err := web.Accept4(l, 0)
	fmt.Println(err, errors.Is(err, syscall.EMFILE))
	fmt.Print(server.Sockets())
	web.Setrlimit(6, 4096)
	fd, _, err := web.Accept4(l, 0)
	fmt.Println(fd, err)
	// Output:
	// 4 10.0.0.2:51324 <nil>
	// accept4(3): EMFILE (Too many open files) true
	// State  Recv-Q Send-Q Local Address:Port Peer Address:Port  Process
	// LISTEN 1      10           0.0.0.0:80        0.0.0.0:*     users:(("web",pid=1000,fd=3))
	// ESTAB  0      0           10.0.0.1:80       10.0.0.2:51324 users:(("web",pid=1000,fd=4))
	// ESTAB  0      0           10.0.0.1:80       10.0.0.2:51340
	// 5 <nil>
}

// The backlog: 50 clients within a millisecond, nobody accepts. The queue
// admits one more than the backlog says; the others are told nothing.
func ExampleLoad() {
	for _, backlog := range []int{5, 49, 50} {
		lab := sockets.NewNetwork(sockets.Seed(1))
		server := lab.NewHost("server", sockets.Limits{})
		client := lab.NewHost("client", sockets.Limits{})
		lab.NewLink(client, server, sockets.LAN)
		server.NewProcess("web").ListenOn(sockets.Any(80), backlog)
		client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 50, Within: time.Millisecond})
		lab.RunFor(100 * time.Millisecond)
		row := server.Sockets().In(sockets.Listen)[0]
		s := server.Stats()
		fmt.Printf("backlog %d: %d in the queue, %d SYNs dropped, %d cookies\n", backlog, row.RecvQ, s.ListenDrops, s.SyncookiesSent)
		lab.Close()
	}
	// Output:
	// backlog 5: 6 in the queue, 44 SYNs dropped, 0 cookies
	// backlog 49: 50 in the queue, 0 SYNs dropped, 0 cookies
	// backlog 50: 50 in the queue, 0 SYNs dropped, 0 cookies
}

// One segment's way up and one's down: each floor once, in order, two copies by
// a CPU and two by a card. An answer is a new descent.
func ExampleJourney() {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	defer lab.Close()
	server := lab.NewHost("server", sockets.Limits{})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	server.Spawn("web", func(p *sockets.Process) {
		l, _ := p.ListenOn(sockets.Any(80), 5)
		fd, _, _ := p.Accept4(l, 0)
		buf := make([]byte, 10)
		n, _ := p.Read(fd, buf)
		p.Write(fd, buf[:n])
	})
	client.Spawn("browser", func(p *sockets.Process) {
		fd, _ := p.Dial(server.Addr(80))
		p.Sleep(time.Millisecond) // the server sleeps in read by now
		p.Write(fd, []byte("hello"))
		p.Read(fd, make([]byte, 10))
	})
	lab.Run()
	there, back := lab.Tape().Journey(0), lab.Tape().Journey(1)
	fmt.Println(there)
	fmt.Println(back)
	fmt.Println(there.Copies())
	// Output:
	// 0.001084156  +0s         client   copy in         CPU moves 5 bytes
	// 0.001084156  +0s         client   tcp out
	// 0.001084156  +0s         client   driver tx       NIC moves 71 bytes
	// 0.001109232  +25.076µs   server   rx ring (DMA)   NIC moves 71 bytes
	// 0.001125232  +16µs       server   interrupt
	// 0.001125232  +0s         server   driver poll
	// 0.001125232  +0s         server   ip
	// 0.001125232  +0s         server   lookup
	// 0.001125232  +0s         server   receive queue
	// 0.001125232  +0s         server   wake-up
	// 0.001127232  +2µs        server   copy out        CPU moves 5 bytes
	//
	// 0.001127232  +0s         server   copy in         CPU moves 5 bytes
	// 0.001127232  +0s         server   tcp out
	// 0.001127232  +0s         server   driver tx       NIC moves 71 bytes
	// 0.001152308  +25.076µs   client   rx ring (DMA)   NIC moves 71 bytes
	// 0.001166304  +13.996µs   client   interrupt
	// 0.001166304  +0s         client   driver poll
	// 0.001166304  +0s         client   ip
	// 0.001166304  +0s         client   lookup
	// 0.001166304  +0s         client   receive queue
	// 0.001166304  +0s         client   wake-up
	// 0.001168304  +2µs        client   copy out        CPU moves 5 bytes
	//
	// 2 2
}
