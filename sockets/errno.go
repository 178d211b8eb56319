package sockets

import (
	"fmt"
	"syscall"
)

// Errno is an answer of the kernel: Linux's number under Linux's name, the
// same on every platform this package runs on. It is what every system call
// of this package fails with, wrapped once in an [OpError].
//
// errors.Is(err, sockets.EADDRINUSE) works, and so does
// errors.Is(err, syscall.EADDRINUSE) wherever that name exists, whatever
// number the platform gives it.
type Errno uint16

// The answers of this kernel. Numbers: include/uapi/asm-generic/errno-base.h
// and errno.h. The comment says when we return it.
const (
	EPERM           Errno = 1   // setrlimit above the hard limit or fs.nr_open
	ENOENT          Errno = 2   // no such thing: epoll_ctl on a descriptor not watched, an unknown algorithm's name
	ESRCH           Errno = 3   // a call of a process that has ended
	EIO             Errno = 5   // the stream has ended, and there is nothing to map
	ENXIO           Errno = 6   // no device to send to
	EBADF           Errno = 9   // the number is not an open descriptor
	EAGAIN          Errno = 11  // the call would sleep and the socket is O_NONBLOCK
	ENOMEM          Errno = 12  // the host's RAM is used up
	EACCES          Errno = 13  // bind below ip_unprivileged_port_start without the right
	EFAULT          Errno = 14  // an address argument that is missing
	EBUSY           Errno = 16  // the socket has something under way that forbids it
	EEXIST          Errno = 17  // it is there already
	ENODEV          Errno = 19  // no such network device
	ENOTDIR         Errno = 20  // F_NOTIFY
	EINVAL          Errno = 22  // an argument out of range, accept on a socket that does not listen
	ENFILE          Errno = 23  // fs.file-max files are open on the host
	EMFILE          Errno = 24  // RLIMIT_NOFILE descriptors are open in the process
	ENOTTY          Errno = 25  // the ioctl is not for this kind of file
	EFBIG           Errno = 27  // a window scale no header can hold
	ENOSPC          Errno = 28  // epoll_ctl: fs.epoll.max_user_watches
	EPIPE           Errno = 32  // write after the connection ended
	EDOM            Errno = 33  // a timeval with microseconds out of range
	ERANGE          Errno = 34  // the buffer is too short for the answer
	ELOOP           Errno = 40  // epoll_ctl: epolls in a circle, or nested too deep
	ENODATA         Errno = 61  // there is nothing of the kind to tell
	ENOPKG          Errno = 65  // a pipe for notifications: the kernel is built without
	ENONET          Errno = 64  // a router says the host is cut off
	EPROTO          Errno = 71  // a group for a socket that has no groups
	ENOTSOCK        Errno = 88  // the descriptor is not a socket
	EMSGSIZE        Errno = 90  // a datagram longer than any packet
	EDESTADDRREQ    Errno = 89  // no address to send to
	EPROTOTYPE      Errno = 91  // the protocol does not fit the type
	ENOPROTOOPT     Errno = 92  // no such option at this level
	EPROTONOSUPPORT Errno = 93  // the family does not know the protocol
	ESOCKTNOSUPPORT Errno = 94  // the family does not know the type
	EOPNOTSUPP      Errno = 95  // the call does not fit the socket
	EAFNOSUPPORT    Errno = 97  // the address family is not ours
	EADDRINUSE      Errno = 98  // bind or listen: the port is taken
	EADDRNOTAVAIL   Errno = 99  // bind: not our address; connect: no ephemeral port left
	ENETUNREACH     Errno = 101 // no link leads to the address
	ECONNABORTED    Errno = 103 // the connection died before accept
	ECONNRESET      Errno = 104 // the peer sent RST
	ENOBUFS         Errno = 105 // a list of groups or of options is full
	EISCONN         Errno = 106 // connect on a connected socket
	ENOTCONN        Errno = 107 // the socket has no peer
	ETIMEDOUT       Errno = 110 // nobody answered in time
	ECONNREFUSED    Errno = 111 // the peer answered the SYN with RST
	EHOSTDOWN       Errno = 112 // a router knows no such host
	EHOSTUNREACH    Errno = 113 // the next hop does not answer
	EALREADY        Errno = 114 // connect while a connect is under way
	EINPROGRESS     Errno = 115 // connect of a non-blocking socket has begun
)

// errnoTable has, for each number, the name, the words of strerror(3), and
// the platform's own number for the name.
var errnoTable = map[Errno]struct {
	name, text string
	platform   syscall.Errno
}{
	EPERM:           {"EPERM", "Operation not permitted", syscall.EPERM},
	ENOENT:          {"ENOENT", "No such file or directory", syscall.ENOENT},
	ESRCH:           {"ESRCH", "No such process", syscall.ESRCH},
	EIO:             {"EIO", "Input/output error", syscall.EIO},
	ENXIO:           {"ENXIO", "No such device or address", syscall.ENXIO},
	EBADF:           {"EBADF", "Bad file descriptor", syscall.EBADF},
	EAGAIN:          {"EAGAIN", "Resource temporarily unavailable", syscall.EAGAIN},
	ENOMEM:          {"ENOMEM", "Cannot allocate memory", syscall.ENOMEM},
	EACCES:          {"EACCES", "Permission denied", syscall.EACCES},
	EFAULT:          {"EFAULT", "Bad address", syscall.EFAULT},
	EBUSY:           {"EBUSY", "Device or resource busy", syscall.EBUSY},
	EEXIST:          {"EEXIST", "File exists", syscall.EEXIST},
	ENODEV:          {"ENODEV", "No such device", syscall.ENODEV},
	ENOTDIR:         {"ENOTDIR", "Not a directory", syscall.ENOTDIR},
	EINVAL:          {"EINVAL", "Invalid argument", syscall.EINVAL},
	ENFILE:          {"ENFILE", "Too many open files in system", syscall.ENFILE},
	EMFILE:          {"EMFILE", "Too many open files", syscall.EMFILE},
	ENOTTY:          {"ENOTTY", "Inappropriate ioctl for device", syscall.ENOTTY},
	EFBIG:           {"EFBIG", "File too large", syscall.EFBIG},
	ENOSPC:          {"ENOSPC", "No space left on device", syscall.ENOSPC},
	EPIPE:           {"EPIPE", "Broken pipe", syscall.EPIPE},
	EDOM:            {"EDOM", "Numerical argument out of domain", syscall.EDOM},
	ERANGE:          {"ERANGE", "Numerical result out of range", syscall.ERANGE},
	ELOOP:           {"ELOOP", "Too many levels of symbolic links", syscall.ELOOP},
	ENODATA:         {"ENODATA", "No data available", syscall.ENODATA},
	ENOPKG:          {"ENOPKG", "Package not installed", platformENOPKG},
	ENONET:          {"ENONET", "Machine is not on the network", platformENONET},
	EPROTO:          {"EPROTO", "Protocol error", syscall.EPROTO},
	ENOTSOCK:        {"ENOTSOCK", "Socket operation on non-socket", syscall.ENOTSOCK},
	EMSGSIZE:        {"EMSGSIZE", "Message too long", syscall.EMSGSIZE},
	EDESTADDRREQ:    {"EDESTADDRREQ", "Destination address required", syscall.EDESTADDRREQ},
	EPROTOTYPE:      {"EPROTOTYPE", "Protocol wrong type for socket", syscall.EPROTOTYPE},
	ENOPROTOOPT:     {"ENOPROTOOPT", "Protocol not available", syscall.ENOPROTOOPT},
	EPROTONOSUPPORT: {"EPROTONOSUPPORT", "Protocol not supported", syscall.EPROTONOSUPPORT},
	ESOCKTNOSUPPORT: {"ESOCKTNOSUPPORT", "Socket type not supported", syscall.ESOCKTNOSUPPORT},
	EOPNOTSUPP:      {"EOPNOTSUPP", "Operation not supported", syscall.EOPNOTSUPP},
	EAFNOSUPPORT:    {"EAFNOSUPPORT", "Address family not supported by protocol", syscall.EAFNOSUPPORT},
	EADDRINUSE:      {"EADDRINUSE", "Address already in use", syscall.EADDRINUSE},
	EADDRNOTAVAIL:   {"EADDRNOTAVAIL", "Cannot assign requested address", syscall.EADDRNOTAVAIL},
	ENETUNREACH:     {"ENETUNREACH", "Network is unreachable", syscall.ENETUNREACH},
	ECONNABORTED:    {"ECONNABORTED", "Software caused connection abort", syscall.ECONNABORTED},
	ECONNRESET:      {"ECONNRESET", "Connection reset by peer", syscall.ECONNRESET},
	ENOBUFS:         {"ENOBUFS", "No buffer space available", syscall.ENOBUFS},
	EISCONN:         {"EISCONN", "Transport endpoint is already connected", syscall.EISCONN},
	ENOTCONN:        {"ENOTCONN", "Transport endpoint is not connected", syscall.ENOTCONN},
	ETIMEDOUT:       {"ETIMEDOUT", "Connection timed out", syscall.ETIMEDOUT},
	ECONNREFUSED:    {"ECONNREFUSED", "Connection refused", syscall.ECONNREFUSED},
	EHOSTDOWN:       {"EHOSTDOWN", "Host is down", syscall.EHOSTDOWN},
	EHOSTUNREACH:    {"EHOSTUNREACH", "No route to host", syscall.EHOSTUNREACH},
	EALREADY:        {"EALREADY", "Operation already in progress", syscall.EALREADY},
	EINPROGRESS:     {"EINPROGRESS", "Operation now in progress", syscall.EINPROGRESS},
}

// Name is the errno's name in the C headers, as strace prints it.
func (e Errno) Name() string {
	if t, ok := errnoTable[e]; ok {
		return t.name
	}
	return fmt.Sprintf("errno %d", uint16(e))
}

// Error is the name and strerror(3)'s words.
func (e Errno) Error() string {
	if t, ok := errnoTable[e]; ok {
		return t.name + " (" + t.text + ")"
	}
	return e.Name()
}

// Is reports whether target is the platform's errno of the same name.
func (e Errno) Is(target error) bool {
	p, ok := target.(syscall.Errno)
	return ok && errnoTable[e].platform == p && p != 0
}

// OpError says which system call failed, on which descriptor or address, and
// with what answer. Unwrap gives the [Errno].
type OpError struct {
	Op   string // the system call's name: "bind"
	FD   int    // its descriptor argument, or -1
	Addr string // its address argument, or ""
	Err  Errno
}

func (e *OpError) Error() string {
	s := e.Op
	if e.FD >= 0 {
		s += fmt.Sprintf("(%d", e.FD)
		if e.Addr != "" {
			s += ", " + e.Addr
		}
		s += ")"
	}
	return s + ": " + e.Err.Error()
}

func (e *OpError) Unwrap() error { return e.Err }

// StuckError is the answer to a call, made from outside any program, that can
// never finish: no event is left that could wake it.
type StuckError struct {
	Call     string   // the call, as strace prints it: "accept4(3)"
	Sleepers []string // who else sleeps, and on what
}

func (e *StuckError) Error() string {
	s := "sockets: " + e.Call + " can never return: nothing is left to happen that could wake it"
	for _, who := range e.Sleepers {
		s += "; " + who
	}
	return s
}
