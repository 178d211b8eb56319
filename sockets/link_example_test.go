package sockets_test

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// A switch flips two bits of a transfer, two bytes apart, one up and one down.
// The frame check sequence is made anew behind it, and the sum of TCP stays the
// same: nobody notices.
func ExampleLink_Flip() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	bank, client := lab.NewHost("bank", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	link := lab.NewLink(client, bank, sockets.LAN)
	bank.Spawn("bank", func(p *sockets.Process) {
		l, _ := p.ListenOn(sockets.Any(80), 5)
		fd, _, _ := p.Accept4(l, 0)
		buf := make([]byte, 100)
		n, _ := p.Read(fd, buf)
		fmt.Printf("the bank reads  %q\n", buf[:n])
	})
	client.Spawn("client", func(p *sockets.Process) {
		p.Sleep(time.Millisecond)
		fd, _ := p.Dial(bank.Addr(80))
		link.Flip(client, 1, sockets.BitFlip{Byte: -8, Bit: 0}, sockets.BitFlip{Byte: -6, Bit: 0})
		p.Write(fd, []byte("transfer 100 to B"))
	})
	lab.Run()
	s := bank.Stats()
	fmt.Println("rx_crc_errors", s.RxCrcErrors, "TcpInCsumErrors", s.InCsumErrors)
	// Output:
	// the bank reads  "transfer 001 to B"
	// rx_crc_errors 0 TcpInCsumErrors 0
}

// With costs a host's CPU is finite. Here a program needs 20 µs for each
// datagram and gets one every 10 µs; what it cannot take is dropped at its
// buffer.
func ExampleCosts() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	server := lab.NewHost("server", sockets.Limits{Costs: sockets.KernelCosts})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LAN)
	read := 0
	server.Spawn("server", func(p *sockets.Process) {
		fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		p.Bind(fd, sockets.Any(9))
		for buf := make([]byte, 2000); ; read++ {
			if _, err := p.Read(fd, buf); err != nil {
				return
			}
			p.Compute(20 * time.Microsecond)
		}
	})
	client.Spawn("client", func(p *sockets.Process) {
		fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		to := server.Addr(9)
		p.Sleep(time.Millisecond)
		for range 2000 {
			p.Sendto(fd, make([]byte, 1000), 0, &to)
			p.Sleep(10 * time.Microsecond)
		}
	})
	lab.Run()
	s := server.Stats()
	fmt.Println("read", read, "UdpRcvbufErrors", s.UdpRcvbufErrors, "together", read+int(s.UdpRcvbufErrors))
	// Output:
	// read 944 UdpRcvbufErrors 1056 together 2000
}

// ethtool -S and ip -s link, as on a real machine.
func ExampleHost_Ethtool() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	defer lab.Close()
	a, b := lab.NewHost("a", sockets.Limits{}), lab.NewHost("b", sockets.Limits{})
	lab.NewLink(a, b, sockets.LinkOptions{Corrupt: 1})
	p := a.NewProcess("a")
	fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	to := b.Addr(9)
	p.Sendto(fd, []byte("hello"), 0, &to)
	lab.Run()
	text, _ := b.Ethtool("-S", "eth0")
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "errors") {
			fmt.Println(strings.TrimSpace(line))
		}
	}
	// Output:
	// rx_missed_errors: 0
	// rx_crc_errors: 1
	// tx_carrier_errors: 0
}
