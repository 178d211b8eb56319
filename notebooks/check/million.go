package check

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The exercises of lesson 10.

// TenMillion checks how many client addresses it takes at least for ten million
// connections to one server port, with Linux's default range of ports.
func TenMillion(answer int) { own("TenMillion", tenMillion(answer)).print(1) }

func tenMillion(answer int) outcome {
	clients := mine("TenMillion")[0]
	if answer == 0 {
		return todo("Put a number in place of 0.")
	}
	ports := sockets.Limits{}.WithDefaults().EphemeralPorts()
	least, err := capacity.NeedClientAddrs(capacity.Count(clients), ports, 1, 1)
	if err != nil {
		return no("The sum failed: %v.", err)
	}
	switch n := int64(least); {
	case int64(answer) == n:
		return yes("%s addresses with %s ports each.", word(answer), word(ports))
	case answer < 1:
		return no("It takes at least one address.")
	case int64(answer) < n:
		return no("%s would carry %s connections: too few.", upper(count(answer, "address", "addresses")), word(answer*ports))
	}
	return no("That is enough, but %s would do too.", count(answer-1, "address", "addresses"))
}

// Filter checks the words of an ss filter that shows the connections from which
// the client, one in 10.1.0.0/24, has gone, and which the server has not closed.
func Filter(words string) { own("Filter", filter(words)).print(2) }

func filter(words string) outcome {
	if words == "" {
		return todo("Write the filter between the quotes.")
	}
	f, err := sockets.ParseSocketFilter(words)
	if err != nil {
		return no("ss would not understand it: %v.", err)
	}
	network := mine("Filter")[0]
	h, err := newFull(60, 11, network)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	defer h.lab.Close()
	h.leave(20)
	want, err := sockets.ParseSocketFilter(fmt.Sprintf("state close-wait src 10.0.0.1:80 dst 10.%d.0.0/24", network))
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	all := len(h.server.SocketsWhere(want))
	right, got := 0, h.server.SocketsWhere(f)
	for _, row := range got {
		if row.State == sockets.CloseWait && row.Peer.Addr[0] == 10 && int(row.Peer.Addr[1]) == network {
			right++
		}
	}
	switch {
	case right == all && len(got) == all:
		return yes("It shows %d of the server's %d sockets, and they are the right ones.", all, len(h.server.Sockets()))
	case right < all && len(got) > right:
		return no("It shows %d of the %d that are asked for, and %d others.", right, all, len(got)-right)
	case right < all:
		return no("It shows %d of the %d that are asked for. In which state is a socket whose peer has closed?", right, all)
	}
	return no("All %d are there, and %d others besides: in another state, or from another network.", all, len(got)-right)
}

// Tidy checks a function that closes those of the descriptors fds whose clients
// have left, and no others. No client has sent a byte.
func Tidy(answer func(p *sockets.Process, fds []int) error) { own("Tidy", tidy(answer)).print(3) }

func tidy(answer func(p *sockets.Process, fds []int) error) outcome {
	const (
		task    = "Close the descriptors whose clients have left."
		clients = 200
		left    = 50
	)
	if answer == nil {
		return todo(task)
	}
	h, err := newFull(clients, 1, 1)
	if err != nil {
		return no("The experiment failed: %v.", err)
	}
	h.leave(left)
	most := mine("Tidy")[0]
	for done := 0; done < left && err == nil; done += most {
		if endless(func() { err = answer(h.web, slices.Clone(h.fds)) }) {
			return no("Your function does not come to an end.")
		}
		if o, bad := h.helping(min(most, left-done)); bad && err == nil && most < left {
			h.lab.Close()
			return o
		}
	}
	defer h.lab.Close()
	if o, is := still(task, err); is {
		return o
	}
	var stuck *sockets.StuckError
	if errors.As(err, &stuck) {
		return no("Your function sleeps in a read: a client that is still there has said nothing. Poll with a time of 0 tells who has something, and the end is something.")
	}
	if err != nil {
		return no("Your function gave up with an error: %v.", err)
	}
	states := h.server.SocketStates()
	switch leak, open := states.In(sockets.CloseWait), states.In(sockets.Established); {
	case open < clients-left:
		return no("You hung up on %s who were still there.", count(clients-left-open, "client", "clients"))
	case leak > 0:
		return no("%s left over in CLOSE-WAIT: their clients have gone, and their descriptors are still taken.", upper(count(leak, "socket is", "sockets are")))
	}
	return yes("%d descriptors are free again, and %d clients are still connected.", left, clients-left)
}

// full is a server that has accepted a crowd.
type full struct {
	lab    *sockets.Network
	server *sockets.Host
	web    *sockets.Process
	load   *sockets.Load
	fds    []int
}

// newFull lets clients come from some addresses, the first of them 10.0.0.2 and
// the others in 10.<network>.0.0/24.
func newFull(clients, addrs, network int) (*full, error) {
	lab, server, crowd := street(sockets.Limits{}, sockets.Limits{})
	if addrs > 1 {
		if err := crowd.AddAddrs(fmt.Sprintf("10.%d.0.1", network), addrs-1); err != nil {
			return nil, err
		}
	}
	h := &full{lab: lab, server: server, web: server.NewProcess("web")}
	door, err := h.web.ListenOn(sockets.Any(80), clients)
	if err != nil {
		return nil, err
	}
	h.load = crowd.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: clients, Window: 16})
	if err := lab.RunFor(50 * time.Millisecond); err != nil {
		return nil, err
	}
	for range clients {
		fd, _, err := h.web.Accept4(door, 0)
		if err != nil {
			return nil, fmt.Errorf("after %d clients: %w", len(h.fds), err)
		}
		h.fds = append(h.fds, fd)
	}
	return h, nil
}

// helping takes the closed descriptors out of fds: they should be so many, and the
// first of those whose clients have left, who were the first to come.
func (h *full) helping(want int) (outcome, bool) {
	var still []int
	last, closed := -1, 0
	for i, fd := range h.fds {
		if _, err := h.web.Fcntl(fd, sockets.F_GETFL, 0); err != nil {
			last, closed = i, closed+1
			continue
		}
		still = append(still, fd)
	}
	h.fds = still
	switch {
	case closed != want:
		return no("In one call you closed %s; it should be %s.", count(closed, "descriptor", "descriptors"), word(want)), true
	case last >= want:
		return no("You closed %s, and not those that stand first in fds.", count(closed, "descriptor", "descriptors")), true
	}
	return outcome{}, false
}

// leave lets the first n clients close.
func (h *full) leave(n int) {
	for i := range n {
		h.load.Close(i)
	}
	h.lab.RunFor(10 * time.Millisecond)
}
