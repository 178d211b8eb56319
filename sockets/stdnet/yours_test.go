package stdnet_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// shouts stands for your server: all it asks for is a net.Listener.
func shouts(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			for lines := bufio.NewScanner(c); lines.Scan(); {
				fmt.Fprintln(c, strings.ToUpper(lines.Text()))
			}
		}()
	}
}

// ask stands for your client: all it asks for is a function that dials.
func ask(dial func(ctx context.Context, network, address string) (net.Conn, error), word string, patience time.Duration) (string, error) {
	c, err := dial(context.Background(), "tcp", "server:7")
	if err != nil {
		return "", err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintln(c, word)
	answer, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(answer), err
}

// stage is two hosts and the link between them, for tests that trouble the link.
func stage() (server, client *stdnet.Stack, link *sockets.Link) {
	lab := sockets.NewNetwork(sockets.Seed(1))
	a, b := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
	link = lab.NewLink(a, b, sockets.LAN)
	n := stdnet.New(lab)
	server, err := n.Attach(a)
	if err == nil {
		client, err = n.Attach(b)
	}
	if err != nil {
		panic(err)
	}
	return server, client, link
}

// Replace the listener: code that takes a net.Listener and a function that dials runs
// here unchanged.
func Example_replaceTheListener() {
	server, client := stdnet.Pair()
	defer server.Net().Close()
	l, err := server.Listen("tcp", ":7")
	if err != nil {
		fmt.Println(err)
		return
	}
	go shouts(l)
	fmt.Println(ask(client.DialContext, "hello", time.Minute))
	// Output:
	// HELLO <nil>
}

// Inject a fault: the cable is pulled while the connection is open. Faults belong to
// the network, so they go through Do.
func Example_injectAFault() {
	server, client, link := stage()
	defer server.Net().Close()
	l, err := server.Listen("tcp", ":7")
	if err != nil {
		fmt.Println(err)
		return
	}
	go shouts(l)
	unplug := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := client.DialContext(ctx, network, address)
		client.Net().Do(link.Down)
		return c, err
	}
	_, err = ask(unplug, "hello", 20*time.Millisecond)
	fmt.Println("timed out:", errors.Is(err, os.ErrDeadlineExceeded))

	client.Net().Do(link.Up)
	fmt.Println(ask(client.DialContext, "again", time.Minute))
	// Output:
	// timed out: true
	// AGAIN <nil>
}

// Assert on counters: what the kernel counts, by its own names, says how an answer
// came about.
func Example_assertOnCounters() {
	server, client := stdnet.Pair()
	defer server.Net().Close()
	l, err := server.Listen("tcp", ":7")
	if err != nil {
		fmt.Println(err)
		return
	}
	go shouts(l)
	for range 3 {
		if _, err := ask(client.DialContext, "hello", time.Minute); err != nil {
			fmt.Println(err)
		}
	}
	// A client that kept its connection would have opened one.
	fmt.Println("connections:", server.Stats().PassiveOpens, "sent again:", client.Stats().RetransSegs)
	// Output:
	// connections: 3 sent again: 0
}

// The three together inside synctest: two lost frames cost the client seconds, and the
// test no time.
func TestYourClientSurvivesLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client, link := stage() // inside the bubble
		defer server.Net().Close()      // wakes whatever still waits
		l, err := server.Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		go shouts(l)
		defer l.Close()

		client.Net().Do(func() { err = link.Lose(client.Host(), 1, 2) }) // the SYN, twice
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if answer, err := ask(client.DialContext, "hello", time.Minute); err != nil || answer != "HELLO" {
			t.Errorf("answer %q, %v", answer, err)
		}
		if took := time.Since(begun); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("it took %v; two SYNs lost cost a second each", took)
		}
		if n := client.Stats().TCPSynRetrans; n != 2 {
			t.Errorf("%d SYNs were sent again, want 2", n)
		}
	})
}

// And a server that is slower than its clients are patient.
func TestYourClientGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := stdnet.Pair()
		defer server.Net().Close()
		l, err := server.Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // nobody accepts: the client is connected, and waits
		if _, err := ask(client.DialContext, "hello", time.Hour); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("want a time-out, got %v", err)
		}
		if rows := server.Sockets().In(sockets.Listen); len(rows) == 0 || rows[0].RecvQ != 1 {
			t.Errorf("the accept queue is %v, want one client in it", rows)
		}
	})
}
