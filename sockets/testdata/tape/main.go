// Command tape plays a story with everything in it (a server, clients that
// write, a crowd that comes by chance, a ring and a queue too short) and
// prints its tape, and the hash of every scenario's capture. The tests run it natively and in WASM and compare.
package main

import (
	"crypto/sha256"
	"fmt"
	"time"

	"socketbook/sockets"
)

func main() {
	lab := sockets.NewNetwork(sockets.Seed(2026), sockets.Record())
	server := lab.NewHost("server", sockets.Limits{RxRing: 8, Somaxconn: 20})
	client := lab.NewHost("client", sockets.Limits{})
	lab.NewLink(client, server, sockets.LinkOptions{Delay: time.Millisecond, Rate: 10_000_000, Queue: 30})
	server.Spawn("server", func(p *sockets.Process) {
		l, _ := p.ListenOn(sockets.Any(80), 10)
		for {
			fd, _, err := p.Accept4(l, 0)
			if err != nil {
				return
			}
			buf := make([]byte, 600)
			n, _ := p.Read(fd, buf)
			p.Write(fd, buf[:n])
			p.Close(fd)
			p.Sleep(500 * time.Microsecond)
		}
	})
	client.Spawn("client", func(p *sockets.Process) {
		fd, err := p.Dial(server.Addr(80))
		if err != nil {
			return
		}
		p.Write(fd, make([]byte, 20_000))
		for n := 1; n > 0; {
			n, _ = p.Read(fd, make([]byte, 5000))
		}
	})
	crowd := client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 100, Rate: 1000, Send: []byte("hello"), HoldFor: 20 * time.Millisecond})
	lab.RunFor(20 * time.Second)
	fmt.Print(lab.Tape())
	fmt.Printf("%+v\n%v%v%v%d events\n", crowd.Result(), server.Stats(), client.Stats(), server.Sockets(), lab.Events())
	lab.Close()
	captures()
}

// captures prints the hash of what each scenario had on its wires.
func captures() {
	for _, s := range sockets.Scenarios() {
		r, err := sockets.NewReplay(s.Name, 2026)
		if err != nil {
			panic(err)
		}
		h := sha256.New()
		if err := r.Pcapng(h); err != nil {
			panic(err)
		}
		fmt.Printf("%x %s\n", h.Sum(nil), r)
	}
}
