package linux

import (
	"time"

	"socketbook/sockets"
)

// Host is a computer with a Linux kernel and nothing on it: a simulated one
// ([Simulated]), or the one this program runs on ([Open]).
type Host interface {
	// Process makes a process of a user, with descriptors 0 to 2 open on
	// /dev/null and an RLIMIT_NOFILE of 1024, hard 4096. User 0 has the rights
	// of root in a container, others have none.
	Process(name string, uid int) (Process, error)
	// Addr is 127.0.0.1 with a port. On a real host whose network is not its
	// own it is a free high port instead, always the same for the same port.
	Addr(port uint16) sockets.SockAddr
	// SetSysctl changes a setting, as sysctl(8): "net.core.somaxconn", "8".
	SetSysctl(key, value string) error
	// Settle lets what is under way on the loopback device arrive.
	Settle()
	// Pass lets time pass: virtual time, or real.
	Pass(d time.Duration)
	// Close ends everything on the host.
	Close()
}

// Process is a process of a [Host].
type Process interface {
	sockets.Calls
	// Fork is fork(2).
	Fork(name string) (Process, error)
	// Start runs f on another thread of the process; f makes calls with k. The
	// function it returns waits so long for f's end and reports whether it has
	// come.
	Start(f func(k sockets.Calls)) (ended func(wait time.Duration) bool, err error)
	// Exit ends the process and closes its descriptors.
	Exit()
}

// SupportError says why there is no real kernel here.
type SupportError struct{ Reason string }

func (e *SupportError) Error() string { return "sockets/linux: " + e.Reason }
