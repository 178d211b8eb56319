package script

import (
	"net/netip"
	"time"

	"socketbook/sockets"
)

// Kernel is what a story runs on: a host with nothing on it but one program,
// and a wire to a peer that the story plays.
type Kernel interface {
	// Ends are the addresses of the host and of the peer, in the story's
	// family.
	Ends() (host, peer netip.Addr)
	// Now is the time since the kernel was made.
	Now() time.Duration
	// Wait lets time pass until that instant, or until stop reports true. It
	// asks stop first, and whenever something has happened.
	Wait(until time.Duration, stop func() bool) error
	// Late is by how much a timer of that length may run out late.
	Late(d time.Duration) time.Duration
	// Start lets the program make a call, f. It returns when the call is under
	// way or over; ended reports when it was over, once it is.
	Start(f func(k sockets.Calls)) (ended func() (at time.Duration, ok bool), err error)
	// Inject sends an IP packet to the host.
	Inject(packet []byte) error
	// Receive is the next packet that the host has sent, with its time; nil if
	// there is none.
	Receive() (packet []byte, at time.Duration)
	// SetSysctl changes a setting.
	SetSysctl(key, value string) error
	// Counter reads a counter by nstat's name.
	Counter(name string) (uint64, error)
	// State is the state of a connection, Closed if there is none.
	State(local, remote netip.AddrPort) (sockets.State, error)
	// Tail is what the kernel has written down last, up to n lines.
	Tail(n int) string
	// Close ends it all.
	Close()
}

// Setup is what a story wants of a kernel.
type Setup struct {
	IPv6   bool
	MTU    int // of the wire, in bytes
	Limits sockets.Limits
	Seed   uint64
}
