package linux

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"socketbook/sockets"
)

// How the recorder spells arguments and answers: as strace does, a little
// shorter.

// word is a number of the C headers and its name.
type word struct {
	n    int
	name string
}

type words []word

// one is the name of a number, or the number.
func (w words) one(n int) string {
	for _, x := range w {
		if x.n == n {
			return x.name
		}
	}
	return strconv.Itoa(n)
}

// more is the names of a set of flags, each with a stroke in front.
func (w words) more(n int) string {
	text := ""
	for _, x := range w {
		if x.n != 0 && n&x.n == x.n {
			text += "|" + x.name
			n &^= x.n
		}
	}
	if n != 0 {
		text += fmt.Sprintf("|%#x", n)
	}
	return text
}

// set is the names of a set of flags.
func (w words) set(n int) string {
	if n == 0 {
		return "0"
	}
	return w.more(n)[1:]
}

var (
	families  = words{{sockets.AF_UNSPEC, "AF_UNSPEC"}, {sockets.AF_UNIX, "AF_UNIX"}, {sockets.AF_INET, "AF_INET"}, {sockets.AF_INET6, "AF_INET6"}}
	types     = words{{sockets.SOCK_STREAM, "SOCK_STREAM"}, {sockets.SOCK_DGRAM, "SOCK_DGRAM"}, {sockets.SOCK_RAW, "SOCK_RAW"}, {sockets.SOCK_SEQPACKET, "SOCK_SEQPACKET"}}
	typeFlags = words{{sockets.SOCK_NONBLOCK, "SOCK_NONBLOCK"}, {sockets.SOCK_CLOEXEC, "SOCK_CLOEXEC"}}
	protocols = words{{sockets.IPPROTO_ICMP, "IPPROTO_ICMP"}, {sockets.IPPROTO_TCP, "IPPROTO_TCP"}, {sockets.IPPROTO_UDP, "IPPROTO_UDP"}}
	hows      = words{{0, "SHUT_RD"}, {1, "SHUT_WR"}, {2, "SHUT_RDWR"}}
	fdFlags   = words{{sockets.FD_CLOEXEC, "FD_CLOEXEC"}}
	modes     = [4]string{"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"}
	fileFlags = words{{sockets.O_APPEND, "O_APPEND"}, {sockets.O_NONBLOCK, "O_NONBLOCK"}, {sockets.O_ASYNC, "O_ASYNC"},
		{sockets.O_DIRECT, "O_DIRECT"}, {0o100000, "O_LARGEFILE"}, {sockets.O_CLOEXEC, "O_CLOEXEC"}}
	fcntls = words{{sockets.F_DUPFD, "F_DUPFD"}, {sockets.F_GETFD, "F_GETFD"}, {sockets.F_SETFD, "F_SETFD"}, {sockets.F_GETFL, "F_GETFL"},
		{sockets.F_SETFL, "F_SETFL"}, {sockets.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"}, {sockets.F_SETPIPE_SZ, "F_SETPIPE_SZ"}, {sockets.F_GETPIPE_SZ, "F_GETPIPE_SZ"}}
	ioctls       = words{{0x541b, "FIONREAD"}, {0x5411, "SIOCOUTQ"}, {0x894b, "SIOCOUTQNSD"}, {0x8905, "SIOCATMARK"}, {0x5421, "FIONBIO"}}
	msgFlagNames = words{{sockets.MSG_OOB, "MSG_OOB"}, {sockets.MSG_PEEK, "MSG_PEEK"}, {sockets.MSG_CTRUNC, "MSG_CTRUNC"}, {sockets.MSG_TRUNC, "MSG_TRUNC"},
		{sockets.MSG_DONTWAIT, "MSG_DONTWAIT"}, {sockets.MSG_EOR, "MSG_EOR"}, {sockets.MSG_WAITALL, "MSG_WAITALL"},
		{sockets.MSG_ERRQUEUE, "MSG_ERRQUEUE"}, {sockets.MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {sockets.MSG_MORE, "MSG_MORE"}}
	pollFlags = words{{sockets.POLLIN, "POLLIN"}, {sockets.POLLPRI, "POLLPRI"}, {sockets.POLLOUT, "POLLOUT"}, {sockets.POLLERR, "POLLERR"},
		{sockets.POLLHUP, "POLLHUP"}, {sockets.POLLNVAL, "POLLNVAL"}, {sockets.POLLRDNORM, "POLLRDNORM"}, {sockets.POLLRDBAND, "POLLRDBAND"},
		{sockets.POLLWRNORM, "POLLWRNORM"}, {sockets.POLLWRBAND, "POLLWRBAND"}, {sockets.POLLRDHUP, "POLLRDHUP"}}
	epollFlags = epollWords()
	epollOps   = words{{1, "EPOLL_CTL_ADD"}, {2, "EPOLL_CTL_DEL"}, {3, "EPOLL_CTL_MOD"}}
)

// epollWords: epoll's events have poll's numbers, and four more.
func epollWords() words {
	var w words
	for _, x := range pollFlags {
		w = append(w, word{x.n, "E" + x.name})
	}
	return append(w, word{1 << 28, "EPOLLEXCLUSIVE"}, word{1 << 29, "EPOLLWAKEUP"}, word{1 << 30, "EPOLLONESHOT"}, word{1 << 31, "EPOLLET"})
}

func typeName(t int) string { return types.one(t&0xf) + typeFlags.more(t&^0xf) }

var levels = words{{1, "SOL_SOCKET"}, {0, "SOL_IP"}, {6, "SOL_TCP"}, {17, "SOL_UDP"}, {41, "SOL_IPV6"}}

// The options programs use; others go by number.
var options = map[int]words{
	1: {{2, "SO_REUSEADDR"}, {3, "SO_TYPE"}, {4, "SO_ERROR"}, {6, "SO_BROADCAST"}, {7, "SO_SNDBUF"}, {8, "SO_RCVBUF"}, {9, "SO_KEEPALIVE"},
		{10, "SO_OOBINLINE"}, {13, "SO_LINGER"}, {15, "SO_REUSEPORT"}, {18, "SO_RCVLOWAT"}, {20, "SO_RCVTIMEO"}, {21, "SO_SNDTIMEO"},
		{30, "SO_ACCEPTCONN"}, {38, "SO_PROTOCOL"}, {39, "SO_DOMAIN"}},
	0:  {{1, "IP_TOS"}, {2, "IP_TTL"}, {11, "IP_RECVERR"}, {24, "IP_BIND_ADDRESS_NO_PORT"}, {51, "IP_LOCAL_PORT_RANGE"}},
	6:  {{1, "TCP_NODELAY"}, {2, "TCP_MAXSEG"}, {3, "TCP_CORK"}, {4, "TCP_KEEPIDLE"}, {5, "TCP_KEEPINTVL"}, {6, "TCP_KEEPCNT"}, {8, "TCP_LINGER2"}, {9, "TCP_DEFER_ACCEPT"}, {11, "TCP_INFO"}, {12, "TCP_QUICKACK"}, {18, "TCP_USER_TIMEOUT"}},
	41: {{26, "IPV6_V6ONLY"}},
}

func optionName(level, opt int) string { return levels.one(level) + ", " + options[level].one(opt) }

var tcpStates = words{{1, "TCP_ESTABLISHED"}, {2, "TCP_SYN_SENT"}, {3, "TCP_SYN_RECV"}, {4, "TCP_FIN_WAIT1"}, {5, "TCP_FIN_WAIT2"}, {6, "TCP_TIME_WAIT"},
	{7, "TCP_CLOSE"}, {8, "TCP_CLOSE_WAIT"}, {9, "TCP_LAST_ACK"}, {10, "TCP_LISTEN"}, {11, "TCP_CLOSING"}}

// optionText is the value of an option. Of TCP_INFO it is the state: the rest
// is time and luck.
func optionText(level, opt int, b []byte) string {
	switch {
	case b == nil:
		return "NULL"
	case level == 6 && opt == 11 && len(b) > 0:
		return tcpStates.one(int(b[0]))
	case level == 1 && opt == 4 && len(b) == 4:
		if e := binary.NativeEndian.Uint32(b); e != 0 {
			return sockets.Errno(e).Name()
		}
		return "0"
	case level == 1 && (opt == 20 || opt == 21) && len(b) == 16:
		return (time.Duration(binary.NativeEndian.Uint64(b))*time.Second + time.Duration(binary.NativeEndian.Uint64(b[8:]))*time.Microsecond).String()
	case len(b)%4 == 0 && len(b) > 0 && len(b) <= 16:
		var parts []string
		for ; len(b) > 0; b = b[4:] {
			parts = append(parts, fmt.Sprint(int32(binary.NativeEndian.Uint32(b))))
		}
		return strings.Join(parts, " ")
	}
	return quote(b)
}

// shown is how many bytes of data are spelled out.
const shown = 32

func quote(b []byte) string {
	if len(b) > shown {
		return strconv.Quote(string(b[:shown])) + "..."
	}
	return strconv.Quote(string(b))
}

func quotes(bufs [][]byte) string {
	parts := make([]string, len(bufs))
	for i, b := range bufs {
		parts[i] = quote(b)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// got is a count of bytes and the bytes.
func got(n int, buf []byte) string {
	return fmt.Sprintf("%d %s", n, quote(buf[:max(0, min(n, len(buf)))]))
}

func joined(bufs [][]byte) []byte {
	var all []byte
	for _, b := range bufs {
		all = append(all, b...)
	}
	return all
}

func lengths(bufs [][]byte) []int {
	list := make([]int, len(bufs))
	for i, b := range bufs {
		list[i] = len(b)
	}
	return list
}

func members(nfds int, s *sockets.FDSet) string {
	if s == nil {
		return "NULL"
	}
	var list []string
	for fd := range max(nfds, 0) {
		if s.IsSet(fd) {
			list = append(list, strconv.Itoa(fd))
		}
	}
	return "{" + strings.Join(list, " ") + "}"
}

func waitText(d time.Duration) string {
	if d < 0 {
		return "-1"
	}
	return d.String()
}
