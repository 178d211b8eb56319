package main

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"time"
)

// pipeHold makes connections of net.Pipe, which simulate nothing: one goroutine
// makes them, another accepts them.
func pipeHold(n int) (figures, error) {
	before := resident()
	clients, servers := make([]net.Conn, 0, n), make([]net.Conn, 0, n)
	queue, done := make(chan net.Conn, 1000), make(chan struct{})
	start := time.Now()
	go func() {
		for c := range queue {
			servers = append(servers, c)
		}
		close(done)
	}()
	for range n {
		here, there := net.Pipe()
		clients = append(clients, here)
		queue <- there
	}
	close(queue)
	<-done
	took := time.Since(start)
	f := figures{Held: n, Rate: float64(n) / took.Seconds(), Bytes: (resident() - before) / float64(n),
		Note: "no protocol, no addresses, no limits, no loss: an anchor, not a peer"}
	runtime.KeepAlive(clients)
	runtime.KeepAlive(servers)
	return f, nil
}

func pipeTrips(n int) (float64, error) {
	here, there := net.Pipe()
	return trips(here, there, n)
}

func pipeBulk(bytes int) (float64, error) {
	here, there := net.Pipe()
	return stream(here, there, bytes)
}

// trips lets 64 bytes go there and back over two ends of a net.Conn, with a
// goroutine at each.
func trips(here, there net.Conn, n int) (float64, error) {
	go func() {
		var b [64]byte
		for {
			if _, err := io.ReadFull(there, b[:]); err != nil {
				return
			}
			if _, err := there.Write(b[:]); err != nil {
				return
			}
		}
	}()
	var b [64]byte
	start := time.Now()
	for range n {
		if _, err := here.Write(b[:]); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(here, b[:]); err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	here.Close()
	return float64(n) / took.Seconds(), nil
}

// stream is one direction at its best.
func stream(here, there net.Conn, bytes int) (float64, error) {
	go func() {
		b := make([]byte, chunk)
		for {
			if _, err := there.Write(b); err != nil {
				return
			}
		}
	}()
	b := make([]byte, chunk)
	start := time.Now()
	for n := 0; n < bytes; {
		k, err := here.Read(b)
		if err != nil {
			return 0, fmt.Errorf("after %d bytes: %w", n, err)
		}
		n += k
	}
	took := time.Since(start)
	here.Close()
	return float64(bytes) / took.Seconds(), nil
}
