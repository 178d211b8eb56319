package sockets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// ints makes an option's value of little-endian ints.
func ints(v ...int32) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, uint32(x))
	}
	return b
}

// told is an option's value, asked for with 64 bytes.
func (st *story) told(p *Process, fd, level, opt int) []byte {
	st.Helper()
	buf := make([]byte, 64)
	n, err := p.Getsockopt(fd, level, opt, buf, len(buf))
	st.ok(err, "getsockopt "+optionName(level, opt))
	return buf[:n]
}

// What setsockopt makes of a value, and what getsockopt tells afterwards, with
// the place in the kernel. survey_test.go has every other option and value.
func TestSockoptValues(t *testing.T) {
	const tcp, udp, tcp6 = 0, 1, 2
	for _, c := range []struct {
		kind, level, opt int
		set              int32
		err              Errno
		want             int32 // told afterwards
		why              string
	}{
		{tcp, SOL_SOCKET, SO_REUSEADDR, 7, 0, 1, "net/core/sock.c sk_setsockopt: valbool"},
		{tcp, SOL_SOCKET, SO_RCVBUF, 10_000, 0, 20_000, "__sock_set_rcvbuf: doubled"},
		{tcp, SOL_SOCKET, SO_RCVBUF, 1, 0, 2304, "SOCK_MIN_RCVBUF, TCP_SKB_MIN_TRUESIZE"},
		{tcp, SOL_SOCKET, SO_RCVBUF, 1 << 30, 0, 8 << 20, "net.core.rmem_max 4 MiB, doubled"},
		{tcp, SOL_SOCKET, SO_SNDBUF, -1, 0, 8 << 20, "a negative wish is a huge unsigned one"},
		{tcp, SOL_SOCKET, SO_SNDBUF, 0, 0, 4608, "SOCK_MIN_SNDBUF"},
		{tcp, SOL_SOCKET, SO_SNDBUFFORCE, 1, EPERM, 0, "needs CAP_NET_ADMIN; told: ENOPROTOOPT"},
		{tcp, SOL_SOCKET, SO_DEBUG, 1, EACCES, 0, "needs CAP_NET_ADMIN"},
		{tcp, SOL_SOCKET, SO_RCVLOWAT, 0, 0, 1, "val ? : 1"},
		{tcp, SOL_SOCKET, SO_SNDLOWAT, 1, ENOPROTOOPT, 1, "cannot be set"},
		{tcp, SOL_SOCKET, SO_TYPE, 1, ENOPROTOOPT, SOCK_STREAM, "cannot be set"},
		{tcp, SOL_SOCKET, SO_PRIORITY, 6, 0, 6, "TC_PRIO_INTERACTIVE is everybody's"},
		{tcp, SOL_SOCKET, SO_INCOMING_CPU, 3, 0, 3, "kept as it is"},
		{tcp, IPPROTO_TCP, TCP_NODELAY, -1, 0, 1, "net/ipv4/tcp.c do_tcp_setsockopt: val != 0"},
		{tcp, IPPROTO_TCP, TCP_MAXSEG, 87, EINVAL, 536, "TCP_MIN_MSS is 88; TCP_MSS_DEFAULT is told"},
		{tcp, IPPROTO_TCP, TCP_MAXSEG, 32768, EINVAL, 536, "MAX_TCP_WINDOW is 32767"},
		{tcp, IPPROTO_TCP, TCP_MAXSEG, 1000, 0, 1000, "before connect the wish is told"},
		{tcp, IPPROTO_TCP, TCP_KEEPIDLE, 32768, EINVAL, 7200, "MAX_TCP_KEEPIDLE; tcp_keepalive_time"},
		{tcp, IPPROTO_TCP, TCP_SYNCNT, 128, EINVAL, 6, "MAX_TCP_SYNCNT 127; tcp_syn_retries"},
		{tcp, IPPROTO_TCP, TCP_LINGER2, 200, 0, 120, "TCP_FIN_TIMEOUT_MAX"},
		{tcp, IPPROTO_TCP, TCP_LINGER2, -7, 0, -1, "any negative time is -1"},
		{tcp, IPPROTO_TCP, TCP_DEFER_ACCEPT, 4, 0, 7, "secs_to_retrans: SYN-ACKs after 1 s, 2 s and 4 s"},
		{tcp, IPPROTO_TCP, TCP_USER_TIMEOUT, -1, EINVAL, 0, "tcp_sock_set_user_timeout"},
		{tcp, IPPROTO_TCP, TCP_WINDOW_CLAMP, 1, 0, 1152, "SOCK_MIN_RCVBUF / 2"},
		{tcp, IPPROTO_TCP, TCP_REPAIR, 1, EPERM, 0, "needs CAP_NET_ADMIN"},
		{tcp, IPPROTO_IP, IP_TTL, 0, EINVAL, 64, "1 to 255, or -1 for ip_default_ttl"},
		{tcp, IPPROTO_IP, IP_TTL, -1, 0, 64, "the default"},
		{tcp, IPPROTO_IP, IP_TOS, 0xff, 0, 0xfc, "of a stream ECN's two bits are the kernel's"},
		{udp, IPPROTO_IP, IP_TOS, 0xff, 0, 0xff, "of datagrams they are the program's"},
		{tcp, IPPROTO_IP, IP_MTU_DISCOVER, 6, EINVAL, 1, "IP_PMTUDISC_OMIT is 5; IP_PMTUDISC_WANT"},
		{tcp, IPPROTO_IP, IP_HDRINCL, 1, ENOPROTOOPT, 0, "raw sockets only; told: ENOPROTOOPT"},
		{tcp, IPPROTO_IPV6, IPV6_V6ONLY, 1, ENOPROTOOPT, 0, "an AF_INET socket; told: EOPNOTSUPP"},
		{tcp6, IPPROTO_IPV6, IPV6_V6ONLY, 7, 0, 1, "valbool"},
		{tcp6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256, EINVAL, 64, "-1 to 255; hop_limit"},
		{udp, IPPROTO_UDP, UDP_CORK, 5, 0, 1, "net/ipv4/udp.c udp_lib_setsockopt: valbool"},
		{udp, IPPROTO_UDP, UDP_SEGMENT, 65536, EINVAL, 0, "0 to USHRT_MAX"},
		{udp, IPPROTO_TCP, TCP_NODELAY, 1, ENOPROTOOPT, 0, "not TCP; told: ENOPROTOOPT"},
		{tcp, 500, 1, 1, ENOPROTOOPT, 0, "no such level"},
	} {
		st := lanStory(t)
		args := [][2]int{{AF_INET, SOCK_STREAM}, {AF_INET, SOCK_DGRAM}, {AF_INET6, SOCK_STREAM}}[c.kind]
		fd, err := st.s.Socket(args[0], args[1], 0)
		st.ok(err, "socket")
		what := fmt.Sprintf("%s %s = %d (%s)", levelName(c.level), optionName(c.level, c.opt), c.set, c.why)
		if err := st.s.Setsockopt(fd, c.level, c.opt, ints(c.set), 4); c.err == 0 && err != nil || c.err != 0 && !errors.Is(err, c.err) {
			t.Errorf("%s answers %v, want %v", what, err, c.err)
		}
		buf := make([]byte, 4)
		n, err := st.s.Getsockopt(fd, c.level, c.opt, buf, 4)
		if err != nil && c.want == 0 && c.err != 0 {
			continue // refused both ways
		}
		if got := int32(binary.LittleEndian.Uint32(buf)); err != nil || n != 4 || got != c.want {
			t.Errorf("%s tells %d in %d bytes, %v; want %d", what, got, n, err, c.want)
		}
	}
}

// The length that a call is told: too short is EINVAL, too long is not looked
// at, and an answer is cut to it (net/core/sock.c, net/ipv4/ip_sockglue.c).
func TestSockoptLengths(t *testing.T) {
	st := lanStory(t)
	fd := st.socket(st.s)
	for _, c := range []struct {
		level, opt, n int
		set, get      Errno
		told          int
	}{
		{SOL_SOCKET, SO_KEEPALIVE, 4, 0, 0, 4},
		{SOL_SOCKET, SO_KEEPALIVE, 3, EINVAL, 0, 3},
		{SOL_SOCKET, SO_KEEPALIVE, 0, EINVAL, 0, 0},
		{SOL_SOCKET, SO_KEEPALIVE, -1, EINVAL, EINVAL, 0},
		{SOL_SOCKET, SO_KEEPALIVE, 100, 0, 0, 4},
		{SOL_SOCKET, SO_LINGER, 7, EINVAL, 0, 7},
		{SOL_SOCKET, SO_RCVTIMEO, 15, EINVAL, 0, 15},
		{IPPROTO_TCP, TCP_NODELAY, 1, EINVAL, 0, 1},
		{IPPROTO_IP, IP_TTL, 1, 0, 0, 1}, // one byte is enough here
		{IPPROTO_IP, IP_TTL, 0, EINVAL, 0, 0},
	} {
		val := make([]byte, 128)
		val[0] = 1
		what := fmt.Sprintf("%s of %d bytes", optionName(c.level, c.opt), c.n)
		if err := st.s.Setsockopt(fd, c.level, c.opt, val, c.n); c.set == 0 && err != nil || c.set != 0 && !errors.Is(err, c.set) {
			t.Errorf("setsockopt %s: %v, want %v", what, err, c.set)
		}
		n, err := st.s.Getsockopt(fd, c.level, c.opt, val, c.n)
		if c.get == 0 && (err != nil || n != c.told) || c.get != 0 && !errors.Is(err, c.get) {
			t.Errorf("getsockopt %s: %d bytes, %v; want %d, %v", what, n, err, c.told, c.get)
		}
	}
}

// SO_ERROR tells an error once (sock_error).
func TestErrorIsToldOnce(t *testing.T) {
	st := lanStory(t)
	fd := st.nonblocking(st.c)
	st.errno(st.c.Connect(fd, st.server.Addr(9)), EINPROGRESS, "a connection begins")
	st.settle()
	if got := st.told(st.c, fd, SOL_SOCKET, SO_ERROR); !slices.Equal(got, ints(int32(ECONNREFUSED))) {
		t.Errorf("SO_ERROR after a refusal is %v", got)
	}
	if got := st.told(st.c, fd, SOL_SOCKET, SO_ERROR); !slices.Equal(got, ints(0)) {
		t.Errorf("SO_ERROR asked again is %v, and it is told once", got)
	}
}

// Options of a listener are its children's, and each child's are its own
// afterwards. SO_PRIORITY is not inherited (sk_clone_lock).
func TestChildrenInheritOptions(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	st.setsockopt(st.s, l, SOL_SOCKET, SO_RCVBUF, 10_000)
	st.setsockopt(st.s, l, IPPROTO_TCP, TCP_KEEPCNT, 5) // one that is only kept
	st.setsockopt(st.s, l, SOL_SOCKET, SO_PRIORITY, 6)
	st.setsockopt(st.s, l, SOL_SOCKET, SO_LINGER, 1, 9)
	st.connect(80)
	a := st.accept(l)
	st.connect(80)
	b := st.accept(l)
	st.setsockopt(st.s, a, IPPROTO_TCP, TCP_KEEPCNT, 3)
	for _, c := range []struct {
		fd, level, opt int
		want           []byte
	}{
		{a, SOL_SOCKET, SO_RCVBUF, ints(20_000)}, {a, SOL_SOCKET, SO_LINGER, ints(1, 9)}, {a, SOL_SOCKET, SO_PRIORITY, ints(0)},
		{b, SOL_SOCKET, SO_RCVBUF, ints(20_000)}, {b, SOL_SOCKET, SO_LINGER, ints(1, 9)}, {b, SOL_SOCKET, SO_PRIORITY, ints(0)},
		{a, IPPROTO_TCP, TCP_KEEPCNT, ints(3)}, {b, IPPROTO_TCP, TCP_KEEPCNT, ints(5)}, {l, IPPROTO_TCP, TCP_KEEPCNT, ints(5)},
		{l, SOL_SOCKET, SO_PRIORITY, ints(6)},
	} {
		if got := st.told(st.s, c.fd, c.level, c.opt); !slices.Equal(got, c.want) {
			t.Errorf("%s of descriptor %d is %v, want %v", optionName(c.level, c.opt), c.fd, got, c.want)
		}
	}
}

// TCP_MAXSEG bounds what a SYN offers, and so what the peer sends, and what
// the socket sends itself (tcp_mss_clamp, tcp_parse_options).
func TestMaxsegBoundsSegments(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	st.setsockopt(st.s, l, IPPROTO_TCP, TCP_MAXSEG, 700)
	c := st.connect(80)
	s := st.accept(l)
	for _, end := range []struct {
		who string
		p   *Process
		fd  int
	}{{"the client, which was offered it", st.c, c}, {"the server, which asked for it", st.s, s}} {
		if got := st.told(end.p, end.fd, IPPROTO_TCP, TCP_MAXSEG); !slices.Equal(got, ints(688)) {
			t.Errorf("%s sends segments of %v bytes, want 700 less 12 for the timestamps (tp->mss_cache)", end.who, got)
		}
	}
	o, err := wire.ParseTCPOptions(st.server.synOptions(st.sock(st.s, l), wire.SYN))
	if err != nil || o.MSS != 700 {
		t.Errorf("the listener's SYN-ACK offers %d, %v", o.MSS, err)
	}
}

func (st *story) sock(p *Process, fd int) *sock { return p.host.socks.at(p.fds.get(fd).index()) }

// How long a connection is tried. Times of Linux 6.18.44 against a peer that
// does not answer: TCP_SYNCNT 1 gives up after 3 s, 2 after 7 s, 6 (the default
// tcp_syn_retries) after 131 s, with tcp_syn_linear_timeouts; TCP_USER_TIMEOUT
// ends it when its time is over, not before the first second.
func TestHowLongConnectTries(t *testing.T) {
	for _, c := range []struct {
		opt, value int
		want       time.Duration
	}{
		{TCP_SYNCNT, 1, 3 * time.Second},
		{TCP_SYNCNT, 2, 7 * time.Second},
		{TCP_SYNCNT, 6, 131 * time.Second},
		{TCP_USER_TIMEOUT, 500, time.Second},
		{TCP_USER_TIMEOUT, 1000, time.Second},
		{TCP_USER_TIMEOUT, 1500, 1500 * time.Millisecond},
		{TCP_USER_TIMEOUT, 2500, 2500 * time.Millisecond},
		{TCP_USER_TIMEOUT, 3000, 3 * time.Second},
	} {
		st := lanStory(t)
		st.listen(80, 0)
		st.connect(80) // fills the accept queue: later SYNs are dropped
		st.settle()
		fd := st.socket(st.c)
		st.setsockopt(st.c, fd, IPPROTO_TCP, c.opt, c.value)
		start := st.now()
		st.errno(st.c.Connect(fd, st.server.Addr(80)), ETIMEDOUT, "nobody answers")
		st.wantTook(start, c.want, 50*time.Millisecond, fmt.Sprintf("%s %d", optionName(IPPROTO_TCP, c.opt), c.value))
	}
}

// FuzzSockopt sets and asks any option with any bytes on a socket of any kind:
// no call panics, an errno is one of those a kernel answers, and no answer is
// longer than was asked for.
func FuzzSockopt(f *testing.F) {
	f.Add(uint8(0), SOL_SOCKET, SO_REUSEADDR, 4, []byte{1, 0, 0, 0})
	f.Add(uint8(1), IPPROTO_IP, IP_MSFILTER, 24, make([]byte, 24))
	f.Add(uint8(4), IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, 32, make([]byte, 32))
	f.Add(uint8(5), IPPROTO_TCP, TCP_MD5SIG, 216, make([]byte, 216))
	f.Add(uint8(6), SOL_RAW, 1, -1, []byte(nil))
	for level := range freeNumbers {
		for n := range tables(level) {
			f.Add(uint8(n), level, n, 4+n%40, []byte{1, 2, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255})
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, level, opt, n int, val []byte) {
		st := lanStory(t)
		p := st.s
		var fd int
		switch kind & 7 {
		case 5:
			fd = st.listen(80, 5)
		case 6:
			_, _, fd = st.pair(80)
		default:
			args := [][3]int{{AF_INET, SOCK_STREAM, 0}, {AF_INET, SOCK_DGRAM, 0}, {AF_INET6, SOCK_STREAM, 0}, {AF_INET6, SOCK_DGRAM, 0},
				{AF_UNIX, SOCK_STREAM, 0}, {}, {}, {AF_INET, SOCK_RAW, IPPROTO_ICMP}}[kind&7]
			if fd, _ = p.Socket(args[0], args[1], args[2]); fd < 0 {
				return
			}
		}
		if kind&64 != 0 {
			st.ok(p.Setuid(1000), "setuid")
		}
		for range 2 { // the second time it is set already
			possible(t, p.Setsockopt(fd, level, opt, val, n))
			buf := slices.Concat(val, make([]byte, 64))
			m, err := p.Getsockopt(fd, level, opt, buf, n)
			possible(t, err)
			if err == nil && (m < 0 || n >= 0 && m > n) { // IPv6 takes a negative length for a long one
				t.Fatalf("getsockopt was asked for %d bytes and tells %d", n, m)
			}
		}
		st.ok(p.Close(fd), "close")
		st.settle()
	})
}

// possible fails for an error that no option of Linux's answers.
func possible(t *testing.T, err error) {
	t.Helper()
	var e Errno
	if err == nil {
		return
	}
	if !errors.As(err, &e) || !slices.Contains([]Errno{EPERM, ENOENT, ESRCH, EIO, ENXIO, EBADF, EACCES, EFAULT, EBUSY, EEXIST, ENODEV, EINVAL,
		ENOTTY, EFBIG, ENOTSOCK, EMSGSIZE, ENOPROTOOPT, EPROTO, EPROTONOSUPPORT, EOPNOTSUPP, EAFNOSUPPORT, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS,
		EISCONN, ENOTCONN, EDOM, ENODATA, ENOMEM, EAGAIN}, e) {
		t.Fatalf("an option answers %v", err)
	}
}
