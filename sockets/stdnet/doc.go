// Package stdnet is package net for the simulated hosts of package sockets:
// net.Listener, net.Conn, net.PacketConn and a dialer, so that ordinary Go
// code, net/http included, runs on a network with a kernel inside, unchanged.
// Its limits can be set, its counters read, and its errors provoked: a full
// backlog, a port that is taken, a descriptor too many.
//
//	server, client := stdnet.Pair()
//	defer server.Net().Close()
//	l, err := server.Listen("tcp", ":80")                          // a net.Listener
//	c, err := client.Dial("tcp", "server:80")                      // a net.Conn
//	web := &http.Transport{DialContext: client.DialContext}
//
// Start at [Pair], or at [New] with a network of your own. [Net] is the door to
// the network, [Stack] one process on one of its hosts, with package net's
// functions as methods. [ListenConfig] and [Dialer] have the options.
//
// # Use it in your tests
//
// Three things make a test of code that talks over a network:
//
//   - Replace the listener. Code that takes a net.Listener, and a function that dials,
//     runs here unchanged; see the example ReplaceTheListener.
//   - Inject a fault. The link loses frames, flips bits, goes down (sockets.Link), a
//     process gets too few descriptors, a host too few ports; what belongs to the
//     network goes through [Net.Do]. See InjectAFault, and the one of [Net.Do].
//   - Assert on counters. [Stack.Stats] has what the kernel counts, by its own names:
//     that an answer came says less than that nothing was sent again for it. See
//     AssertOnCounters.
//
// Inside a testing/synctest bubble the network runs on the bubble's clock: an
// hour's time-out takes no time, and to the nanosecond an hour.
//
//	func TestSlowServer(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			server, client := stdnet.Pair() // inside the bubble
//			l, err := server.Listen("tcp", ":80")
//			if err != nil {
//				t.Fatal(err)
//			}
//			srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//				<-r.Context().Done() // never answers
//			})}
//			go srv.Serve(l)
//			defer srv.Close()
//
//			web := &http.Client{Transport: &http.Transport{DialContext: client.DialContext}, Timeout: time.Hour}
//			if _, err := web.Get("http://server/"); !os.IsTimeout(err) {
//				t.Errorf("want a time-out, got %v", err)
//			}
//			if n := server.Stats().PassiveOpens; n != 1 {
//				t.Errorf("%d connections, want 1", n)
//			}
//		})
//	}
//
// A fault that costs seconds costs the test none either: with
// link.Lose(client.Host(), 1, 2) the first SYN and the second are lost, Dial takes two
// seconds of the bubble's time, and Stats().TCPSynRetrans is 2. Whatever still waits
// when the test ends, [Net.Close] wakes: defer it first.
//
// The network and its hosts must be made in the bubble they are used in; a
// call from another side says so. What your code leaves waiting, an Accept
// say, must be closed before the bubble ends, as synctest demands. This package
// itself leaves no goroutine behind.
//
// # Time
//
// Virtual time keeps pace with package time: it is the start plus time.Since
// the start. Events happen when they are due, and a call first catches up with
// those that are. Between calls nothing runs but a timer for the next event. A
// deadline t is time.Until(t) from the virtual present. Under the real clock an
// event can be late, as on a busy machine, never early; while one is due within
// 100 µs a goroutine watches the clock, because timers are coarser than wires.
//
// # As package net, and not
//
// Errors are *[net.OpError] around *[os.SyscallError] around the platform's
// [syscall.Errno], around [net.ErrClosed] or [os.ErrDeadlineExceeded]; so
// errors.Is(err, syscall.EMFILE) works, and Timeout and Temporary say what
// package net's say. Listeners have SO_REUSEADDR, connections TCP_NODELAY, "tcp"
// on a wildcard listens for both families. A stock host lets a process have
// 1,024 descriptors, as a stock Linux does.
//
// A host's name is its address: there is no DNS, only the network's hosts and
// localhost. There are no keep-alive probes, no unix sockets, no multicast and no
// happy eyeballs: one address is tried.
//
// # Reading order
//
//	doc.go     this page
//	pair.go    two hosts, ready to use
//	net.go     the door and the clock
//	stack.go   a process, and its network poller
//	file.go    a descriptor, who waits for it, deadlines
//	addr.go    addresses
//	open.go    sockets as package net makes them
//	listen.go  listeners
//	dial.go    the dialer
//	tcp.go     connections
//	udp.go     datagrams
//	errors.go  package net's errors
package stdnet
