package stdnet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// A web server and a browser's first half, on two simulated hosts.
func Example() {
	server, client := stdnet.Pair()
	defer server.Net().Close()

	l, err := server.Listen("tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello from %s", r.Host)
	}))

	web := &http.Client{Transport: &http.Transport{DialContext: client.DialContext}}
	r, err := web.Get("http://server/")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Println(r.Status, string(body))

	_, err = client.Dial("tcp", "server:81")
	fmt.Println(err)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
	// Output:
	// 200 OK hello from server
	// dial tcp 10.0.0.1:81: connect: connection refused
	// true
}

// A backlog of 1 admits two connections. The third client's SYN is dropped, and
// the kernel counts it.
func ExampleListenConfig() {
	server, client := stdnet.Pair()
	defer server.Net().Close()

	_, err := stdnet.ListenConfig{Stack: server, Backlog: 1}.Listen(context.Background(), "tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		if _, err := client.Dial("tcp", "server:80"); err != nil {
			fmt.Println(err)
		}
	}
	_, err = client.DialTimeout("tcp", "server:80", 20*time.Millisecond)
	fmt.Println(err)
	fmt.Println("ListenOverflows:", server.Stats().ListenOverflows > 0)
	fmt.Println("waiting:", server.Sockets().In(sockets.Listen)[0].RecvQ)
	// Output:
	// dial tcp 10.0.0.1:80: i/o timeout
	// ListenOverflows: true
	// waiting: 2
}

// A server at its limit of descriptors: accept fails, the connection stays in
// the queue.
func ExampleNet_Do() {
	server, client := stdnet.Pair()
	defer server.Net().Close()

	l, err := server.Listen("tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Net().Do(func() {
		p := server.Process()
		p.Setrlimit(p.Open(), 1024) // not one more than it has
	})
	if _, err := client.Dial("tcp", "server:80"); err != nil {
		fmt.Println(err)
		return
	}
	_, err = l.Accept()
	fmt.Println(err)
	fmt.Println("waiting:", server.Sockets().In(sockets.Listen)[0].RecvQ)
	// Output:
	// accept tcp [::]:80: accept4: too many open files
	// waiting: 1
}

// A network of one's own: a slow line, and a client with two ephemeral ports.
func ExampleNew() {
	lab := sockets.NewNetwork(sockets.Seed(1))
	a := lab.NewHost("server", sockets.Limits{})
	b := lab.NewHost("client", sockets.Limits{PortLow: 40000, PortHigh: 40001})
	lab.NewLink(a, b, sockets.LinkOptions{Delay: time.Millisecond, Rate: 1_000_000})

	n := stdnet.New(lab)
	defer n.Close()
	server, err := n.Attach(a)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := n.Attach(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := server.Listen("tcp", ":80"); err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		_, err := client.Dial("tcp", "server:80")
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// <nil>
	// dial tcp 10.0.0.1:80: connect: cannot assign requested address
}

// The test of doc.go.
func TestSlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := stdnet.Pair() // inside the bubble
		l, err := server.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done() // never answers
		})}
		go srv.Serve(l)
		defer srv.Close()

		web := &http.Client{Transport: &http.Transport{DialContext: client.DialContext}, Timeout: time.Hour}
		if _, err := web.Get("http://server/"); !os.IsTimeout(err) {
			t.Errorf("want a time-out, got %v", err)
		}
		if n := server.Stats().PassiveOpens; n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
	})
}
