package sockets_test

import (
	"fmt"
	"testing"
	"time"

	"socketbook/sockets"
)

// called is a word over a wire that loses the client's third frame, the word
// itself.
func called(t testing.TB) (tape *sockets.Tape, client, server *sockets.Host) {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	server, client = lab.NewHost("server", sockets.Limits{RxUsecs: -1}), lab.NewHost("client", sockets.Limits{RxUsecs: -1})
	link := lab.NewLink(client, server, sockets.LinkOptions{Delay: 10 * time.Millisecond})
	server.Spawn("server", func(p *sockets.Process) {
		l, _ := p.ListenOn(sockets.Any(80), 10)
		fd, _, _ := p.Accept4(l, 0)
		p.Read(fd, make([]byte, 100))
		p.Sleep(time.Hour)
	})
	client.Spawn("client", func(p *sockets.Process) {
		fd, _ := p.Dial(server.Addr(80))
		link.Lose(client, 1)
		p.Write(fd, []byte("hello"))
		p.Sleep(time.Hour)
	})
	if err := lab.RunFor(time.Second); err != nil && t != nil {
		t.Fatal(err)
	}
	return lab.Tape(), client, server
}

// A lost word is said twice: the first time it does not arrive.
func ExampleTape_Talk() {
	tape, client, server := called(nil)
	talk := tape.Talk(client, server)
	for i := range talk.Len() {
		_, sent, arrived, what, lost := talk.Segment(i)
		if lost != "" {
			fmt.Println(sent, what, "-", lost)
			continue
		}
		fmt.Println(sent, what, "- arrives", arrived)
	}
	// Output:
	// 0s SYN seq 0 - arrives 10ms
	// 10ms SYN ACK seq 0 ack 1 - arrives 20ms
	// 20ms ACK seq 1 ack 1 - arrives 30ms
	// 20.002ms PSH seq 1 ack 1 len 5 - eth0: lost on the wire
	// 240.001ms PSH seq 1 ack 1 len 5 - arrives 250.001ms
	// 250.001ms ACK seq 1 ack 6 - arrives 260.001ms
}

// TestTalkAdds: each segment of a talk either arrived after it was sent or says
// what it was lost by; a part of a talk has what was sent then; and the ends are
// told apart.
func TestTalkAdds(t *testing.T) {
	tape, client, server := called(t)
	talk, back := tape.Talk(client, server), tape.Talk(server, client)
	if left, right := talk.Ends(); left != "client" || right != "server" {
		t.Errorf("between %s and %s", left, right)
	}
	for i := range talk.Len() {
		from, sent, arrived, what, lost := talk.Segment(i)
		if lost == "" && arrived < sent+10*time.Millisecond {
			t.Errorf("%s: sent at %v, arrived at %v", what, sent, arrived)
		}
		if other, _, _, _, _ := back.Segment(i); other == from {
			t.Errorf("%s: from the left, seen from both sides", what)
		}
	}
	_, first, _, _, _ := talk.Segment(0)
	if part := talk.Between(first, first); part.Len() != 1 {
		t.Errorf("%d segments at the instant of the SYN", part.Len())
	}
	if talk.Between(0, time.Hour).Len() != talk.Len() || talk.Notes() == 0 {
		t.Errorf("%d of %d segments, %d notes", talk.Between(0, time.Hour).Len(), talk.Len(), talk.Notes())
	}
}

// The client's way to an open connection.
func ExampleTape_Way() {
	tape, client, _ := called(nil)
	way := tape.Way(client)
	for i := range way.Len() {
		state, at, why := way.Step(i)
		fmt.Printf("%v %s (%s)\n", at, state, why)
	}
	// Output:
	// 0s CLOSED ()
	// 0s SYN-SENT (connect(2): RFC 9293 §3.10.1, active OPEN)
	// 20ms ESTABLISHED (RFC 9293 §3.10.7.3, fourth: our SYN is acknowledged)
}
