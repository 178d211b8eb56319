package capacity

import (
	"fmt"
	"time"

	"socketbook/sockets"
)

// Workload is what the clients and the server's program bring to a host. The
// zero Workload is a plain one: a single process with one listener, blocking
// in accept4, whose clients may come from every IPv4 address. A zero field
// means that default.
type Workload struct {
	// Clients are the machines that connect, in groups. None means everybody:
	// 2^32 addresses with 2^16 ports each, the size of the header's fields.
	Clients []Clients

	// ServerAddrs and ServerPorts are the addresses and ports that the clients
	// connect to, every client to every one. Default 1 and 1.
	ServerAddrs, ServerPorts int

	// Processes share the work, each with a descriptor table of its own.
	// Default 1.
	Processes int

	// Listeners of each process, in descriptors. Default one per server port:
	// a socket bound to the wildcard hears every address.
	Listeners int

	// Reserve is descriptors that each process keeps for other things: logs,
	// pipes, timers. Standard input, output and error, the listeners and the
	// epoll instance are counted without it. Default none.
	Reserve int

	// Raises says that the program raises its soft RLIMIT_NOFILE to the hard
	// one at start, as Go's runtime does since 1.19: then soft is no wall.
	Raises bool

	// DescriptorsPerConn is 1 for a server, 2 for a proxy, which connects
	// onwards for each connection it accepts. What is beyond the first is
	// charged as an outgoing socket. Default 1.
	DescriptorsPerConn int

	// Epoll says that every descriptor of a connection is watched by epoll.
	// It takes one descriptor a process and kernel memory for each watch.
	// Go's runtime does this for every connection.
	Epoll bool

	// BothEnds says that the clients run on this host too (loopback): a
	// connection then takes two files and the memory of two sockets.
	BothEnds bool

	// AppBytes is the application's own memory for a connection, on this
	// host; see [AppGoroutine] and the constants beside it. Default none.
	AppBytes Bytes

	// TLSBytes is what encryption adds to a connection in the program; see
	// [TLSGo] and the constants beside it. Default none.
	TLSBytes Bytes

	// ReservedRAM is memory that connections may not have. Default none.
	ReservedRAM Bytes

	// Unread and Unsent are the bytes that lie in the receive and the send
	// buffer of a connection, and Waiting the share of the connections that
	// have any, above 0 to 1 (default 1, all of them). Default none: idle
	// buffers hold nothing. However little it is, it is charged a page.
	Unread, Unsent Bytes
	Waiting        float64

	// HalfOpen is how many requests stand in the SYN queues. Default none.
	HalfOpen int

	// Backends are the places, address and port, to which a proxy connects
	// onwards, one connection for each of its clients, from OwnAddrs addresses
	// of its own (default 1). Then DescriptorsPerConn is 2 unless given.
	// Default none: not a proxy.
	Backends, OwnAddrs int

	// Lifetime is how long a connection lasts, so that n of them mean
	// n / Lifetime new ones a second (Little's law). Default: for ever.
	Lifetime time.Duration

	// ServerCloses says that this host closes first, and so keeps TIME_WAIT;
	// otherwise the client does, and keeps its port for another minute.
	ServerCloses bool

	// Rate is requests a second on each connection, RequestBytes in and
	// AnswerBytes out. Default none.
	Rate                      float64
	RequestBytes, AnswerBytes Bytes

	// Rush is the time in which everybody connects, after a restart for
	// instance; a nanosecond means all at once. The server accepts AcceptRate
	// connections a second meanwhile (default: one core's worth at
	// Host.HandshakeCPU for each process), and listens with Backlog (default
	// somaxconn). RTT matters without SYN cookies alone. Default: nobody hurries.
	Rush       time.Duration
	AcceptRate float64
	Backlog    int
	RTT        time.Duration
}

// Clients is a group of client machines that are alike.
type Clients struct {
	Addrs int64 // addresses that the server sees; default 1

	// Ports of each address from which it connects, 1 to 65,536. Default: the
	// ephemeral range of Limits, 28,232 on a stock Linux.
	Ports int

	// Limits of one client; only its port range is used here.
	Limits sockets.Limits

	// Behind is how many machines share each address (NAT): they share its
	// ports too. Default 1, nobody shares.
	Behind int
}

// stdio is how many descriptors a process is born with: 0, 1 and 2.
const stdio = 3

// Bounds of a Workload, the kernel's own where it has one.
const (
	maxAddrs     = 1 << 32    // IPv4
	maxPort      = 1<<16 - 1  // port 0 asks for any
	maxPorts     = 1 << 16    // size of the header's field
	maxProcesses = 1 << 22    // PID_MAX_LIMIT: include/linux/threads.h
	maxNrOpen    = 2147483584 // INT_MAX & -64: fs/file.c sysctl_nr_open_max
	maxBytes     = 1 << 52    // 4 PiB, the most RAM that sockets.Limits takes
	maxCount     = 1<<63 - 1
)

// WithDefaults returns w with every zero field set.
func (w Workload) WithDefaults() Workload {
	clients := []Clients{{Addrs: maxAddrs, Ports: maxPorts, Behind: 1}}
	if len(w.Clients) > 0 {
		clients = make([]Clients, len(w.Clients)) // never the caller's own
		for i, c := range w.Clients {
			c.Addrs = orDefault(c.Addrs, 1)
			c.Ports = orDefault(c.Ports, c.Limits.EphemeralPorts())
			c.Behind = orDefault(c.Behind, 1)
			clients[i] = c
		}
	}
	w.Clients = clients
	w.ServerAddrs = orDefault(w.ServerAddrs, 1)
	w.ServerPorts = orDefault(w.ServerPorts, 1)
	w.Processes = orDefault(w.Processes, 1)
	w.Listeners = orDefault(w.Listeners, w.ServerPorts)
	if w.Waiting == 0 {
		w.Waiting = 1
	}
	descriptors := 1
	if w.Backends != 0 {
		descriptors = 2
		w.OwnAddrs = orDefault(w.OwnAddrs, 1)
	}
	w.DescriptorsPerConn = orDefault(w.DescriptorsPerConn, descriptors)
	return w
}

func orDefault[T int | int64 | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// Validate reports the first field of w, after [Workload.WithDefaults], that
// no machine could have.
func (w Workload) Validate() error {
	// The client's own limits first: their port range becomes Ports.
	for i, c := range w.Clients {
		if err := c.Limits.Validate(); err != nil {
			return fmt.Errorf("capacity: Clients[%d].Limits: %w", i, err)
		}
	}
	w = w.WithDefaults()
	for i, c := range w.Clients {
		at := func(name string) string { return fmt.Sprintf("Clients[%d].%s", i, name) }
		err := check(
			field{at("Addrs"), c.Addrs, 1, maxCount},
			field{at("Ports"), int64(c.Ports), 1, maxPorts},
			field{at("Behind"), int64(c.Behind), 1, maxAddrs})
		if err != nil {
			return err
		}
	}
	err := check(
		field{"ServerAddrs", int64(w.ServerAddrs), 1, maxAddrs},
		field{"ServerPorts", int64(w.ServerPorts), 1, maxPort},
		field{"Processes", int64(w.Processes), 1, maxProcesses},
		field{"Listeners", int64(w.Listeners), 1, maxNrOpen},
		field{"Reserve", int64(w.Reserve), 0, maxNrOpen},
		field{"DescriptorsPerConn", int64(w.DescriptorsPerConn), 1, maxNrOpen},
		field{"AppBytes", int64(w.AppBytes), 0, maxBytes},
		field{"TLSBytes", int64(w.TLSBytes), 0, maxBytes},
		field{"ReservedRAM", int64(w.ReservedRAM), 0, maxBytes})
	if err != nil {
		return err
	}
	return w.validateTraffic()
}

// maxBuffer is what one socket's buffer can hold: INT_MAX of net.core.rmem_max.
const maxBuffer = 1<<31 - 1

// maxTime bounds every duration of a workload: a year.
const maxTime = 365 * 24 * time.Hour

// validateTraffic looks at what moves, as Validate at what stands.
func (w Workload) validateTraffic() error {
	err := check(
		field{"Unread", int64(w.Unread), 0, maxBuffer},
		field{"Unsent", int64(w.Unsent), 0, maxBuffer},
		field{"HalfOpen", int64(w.HalfOpen), 0, 1 << 31},
		field{"Backends", int64(w.Backends), 0, maxPorts * maxPorts},
		field{"OwnAddrs", int64(w.OwnAddrs), 0, maxAddrs},
		field{"RequestBytes", int64(w.RequestBytes), 0, maxBytes},
		field{"AnswerBytes", int64(w.AnswerBytes), 0, maxBytes},
		field{"Backlog", int64(w.Backlog), 0, 1<<31 - 1})
	if err != nil {
		return err
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"Lifetime", w.Lifetime}, {"Rush", w.Rush}, {"RTT", w.RTT}} {
		if d.value < 0 || d.value > maxTime {
			return &InputError{d.name, d.value, fmt.Sprintf("0 to %v", maxTime)}
		}
	}
	return checkFloats(
		realField{"Waiting", w.Waiting, 1e-9, 1},
		realField{"Rate", w.Rate, 0, 1e12},
		realField{"AcceptRate", w.AcceptRate, 0, 1e12})
}
