//go:build linux && (amd64 || arm64)

package linux

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// The windows of package sockets print as ss, lsof, strace, nstat and
// /proc/net/sockstat do. Here one scenario runs on both kernels, the real
// tools look at the real one, and one parser for each tool reads both.

// scene is the scenario's processes on one host.
type scene struct {
	host               Host
	web, child, client Process
	udp                int // web's socket at port 53
}

// playScene makes sockets in every state that a window tells apart.
func playScene(t *testing.T, h Host, start func(web Process)) *scene {
	t.Helper()
	s := &scene{host: h}
	s.web, s.client = mustProcess(t, h, "web"), mustProcess(t, h, "client")
	start(s.web)
	web := s.web
	l, _ := web.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	web.Bind(l, sockets.Any(80))
	web.Listen(l, 5)
	six, _ := web.Socket(sockets.AF_INET6, sockets.SOCK_STREAM, 0)
	web.Bind(six, sockets.Any6(8080))
	web.Listen(six, 128)
	only, _ := web.Socket(sockets.AF_INET6, sockets.SOCK_STREAM, 0)
	web.Setsockopt(only, sockets.IPPROTO_IPV6, 26, []byte{1, 0, 0, 0}, 4) // IPV6_V6ONLY
	web.Bind(only, sockets.Addr("[::]:8081"))
	web.Listen(only, 1)
	web.Fcntl(only, sockets.F_SETFL, sockets.O_NONBLOCK)
	web.Accept4(only, sockets.SOCK_CLOEXEC|sockets.SOCK_NONBLOCK)
	u, _ := web.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	web.Bind(u, sockets.Any(53))
	bound, _ := web.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	web.Bind(bound, sockets.Addr("127.0.0.1:81"))
	r, w, _ := web.Pipe2(0)
	e, _ := web.EpollCreate1(0)
	web.EpollCtl(e, sockets.EPOLL_CTL_ADD, l, &sockets.EpollEvent{Events: sockets.EPOLLIN, Data: 5})
	s.udp = u
	conn := s.connections(l, six)
	s.bytes(r, w, conn)
	s.questions(l, e, u)
	s.child, _ = web.Fork("child")
	h.Settle()
	return s
}

// connections: one with bytes unread, one that the client has shut, one that
// the server closed first, one in the accept queue, one of IPv6.
func (s *scene) connections(l, six int) (conn int) {
	web, client := s.web, s.client
	connect := func(to string) int {
		c, _ := client.Socket(domainOf(to), sockets.SOCK_STREAM, 0)
		client.Connect(c, sockets.Addr(to))
		s.host.Settle()
		return c
	}
	var c [4]int
	for i := range c {
		c[i] = connect("127.0.0.1:80")
	}
	client.Write(c[0], []byte("hello world"))
	s.host.Settle()
	a, _, _ := web.Accept4(l, 0)
	b, _, _ := web.Accept4(l, 0)
	web.Read(a, make([]byte, 5))
	web.Write(b, make([]byte, 1000))
	d, _, _ := web.Accept4(l, 0)
	web.Close(d)
	s.host.Settle()
	client.Close(c[2])
	connect("[::1]:8080")
	web.Accept4(six, sockets.SOCK_NONBLOCK)
	s.host.Settle()
	return a
}

func domainOf(to string) int { return int(sockets.Addr(to).Family) }

// bytes are the calls that move data.
func (s *scene) bytes(r, w, conn int) {
	web := s.web
	buf := make([]byte, 40)
	web.Write(w, []byte("a\tb\n\x00\x01\x005\"\\\xff"))
	web.Read(r, buf)
	web.Fcntl(r, sockets.F_SETFL, sockets.O_NONBLOCK)
	web.Read(r, buf)
	web.Read(conn, buf[:3])
	web.Writev(conn, [][]byte{[]byte("one"), []byte("two")})
	web.Readv(conn, [][]byte{buf[:4], buf[4:20]})
	web.Sendto(conn, []byte("three"), sockets.MSG_DONTWAIT|sockets.MSG_NOSIGNAL, nil)
	web.Recvfrom(conn, buf, sockets.MSG_PEEK|sockets.MSG_DONTWAIT)
	web.Sendmsg(conn, &sockets.Msg{Bufs: [][]byte{[]byte("four")}}, sockets.MSG_NOSIGNAL)
	web.Recvmsg(conn, &sockets.Msg{Bufs: [][]byte{buf[:10]}}, sockets.MSG_DONTWAIT)
	u, _ := web.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, sockets.IPPROTO_UDP)
	to := sockets.Addr("127.0.0.1:53")
	web.Connect(u, to)
	web.Sendto(u, []byte("asked"), 0, &to)
	web.Sendmsg(u, &sockets.Msg{Name: &to, Bufs: [][]byte{[]byte("ask"), []byte("ed")}}, 0)
	s.host.Settle()
	web.Recvfrom(s.udp, buf, 0)
	web.Recvmsg(s.udp, &sockets.Msg{Bufs: [][]byte{buf[:2], buf[2:4]}}, 0)
	web.Close(u)
}

// questions are calls that strace shows in many ways.
func (s *scene) questions(l, e, u int) {
	web := s.web
	word := make([]byte, 4)
	web.Setsockopt(l, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
	web.Getsockopt(l, sockets.SOL_SOCKET, sockets.SO_ERROR, word, 4)
	web.Getsockopt(l, sockets.SOL_SOCKET, sockets.SO_SNDBUF, word, 4)
	web.Poll([]sockets.PollFD{{FD: l, Events: sockets.POLLIN | sockets.POLLOUT}, {FD: u, Events: sockets.POLLIN}}, 2, 0)
	web.Poll([]sockets.PollFD{{FD: u, Events: sockets.POLLIN}}, 1, 0)
	web.EpollWait(e, 10, 0)
	web.Recvfrom(u, word, sockets.MSG_DONTWAIT)
	to := sockets.Addr("127.0.0.1:99")
	web.Sendto(u, []byte("nobody"), 0, &to)
	s.host.Settle()
	web.Bind(l, sockets.Any(81))
	web.Getsockname(l)
	web.Getpeername(l)
	web.Getrlimit()
	web.Setrlimit(512, 4096)
	web.Fcntl(l, sockets.F_GETFL, 0)
	web.Fcntl(l, sockets.F_SETFL, sockets.O_NONBLOCK)
	web.Fcntl(l, sockets.F_SETFD, sockets.FD_CLOEXEC)
	d, _ := web.Dup(l)
	web.Dup3(l, d, sockets.O_CLOEXEC)
	web.Fcntl(d, sockets.F_DUPFD_CLOEXEC, 50)
	web.Close(50)
	web.Close(d)
	web.Dup2(l, 40)
	web.Close(40)
	var r sockets.FDSet
	r.Set(l)
	r.Set(u)
	web.Select(u+1, &r, nil, nil, 0)
	web.Close(99)
	null, _ := web.OpenNull()
	web.Close(null)
	web.Shutdown(u, 1)
	web.Ioctl(l, 0x5411)
	web.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, sockets.IPPROTO_UDP)
}

func mustProcess(t *testing.T, h Host, name string) Process {
	t.Helper()
	p, err := h.Process(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// recorded is a simulated host with a tape.
func recorded() *simHost {
	lab := sockets.NewNetwork(sockets.Seed(1), sockets.Record())
	return &simHost{lab: lab, host: lab.NewHost("host", sockets.Limits{})}
}

// both plays the scene on both kernels. What start does on the real one must
// be done before the first call.
func both(t *testing.T, start func(m *machine, web *process)) (sim *scene, h *simHost, actual *scene, m *machine) {
	t.Helper()
	m = needNetwork(t)
	h = recorded()
	sim = playScene(t, h, func(Process) {})
	actual = playScene(t, m, func(web Process) { start(m, web.(*process)) })
	return sim, h, actual, m
}

func quiet(*machine, *process) {}

// compareRows reports the rows that only one side has. Their order is chance.
func compareRows(t *testing.T, what string, ours, theirs []string) {
	t.Helper()
	for _, r := range missing(ours, theirs) {
		t.Errorf("%s: only ours has %q", what, r)
	}
	for _, r := range missing(theirs, ours) {
		t.Errorf("%s: only the real one has %q", what, r)
	}
}

func missing(a, b []string) []string {
	rest := slices.Clone(b)
	var list []string
	for _, x := range a {
		if i := slices.Index(rest, x); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			list = append(list, x)
		}
	}
	return list
}

var (
	pid       = regexp.MustCompile(`pid=\d+`)
	ephemeral = regexp.MustCompile(`(\D)(3[2-9]\d{3}|[45]\d{4}|60\d{3})\b`)
	spaces    = regexp.MustCompile(` +`)
)

// plain replaces what is chance: ports the kernel chose, and pids.
func plain(line string) string {
	line = ephemeral.ReplaceAllString(pid.ReplaceAllString(line, "pid=N"), "${1}PORT")
	return strings.TrimSpace(spaces.ReplaceAllString(line, " "))
}

// parseSS reads ss -anp: the header's words, and the rows.
func parseSS(text string) (header string, rows []string) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = plain(line); i == 0 {
			header = strings.ReplaceAll(line, "PortProcess", "Port Process") // some versions forget the space
			continue
		}
		rows = append(rows, line)
	}
	return header, rows
}

func TestSS(t *testing.T) {
	needTool(t, "ss", "-V", 6, 0)
	_, h, _, m := both(t, quiet)
	for _, c := range []struct {
		flags string
		ours  sockets.SocketRows
	}{{"-tanp", h.host.Sockets()}, {"-uanp", h.host.UDPSockets()}} {
		text := run(t, m, "ss", c.flags)
		t.Logf("ours:\n%v\nss %s:\n%s", c.ours, c.flags, text)
		header, rows := parseSS(c.ours.String())
		wantHeader, want := parseSS(text)
		if header != wantHeader {
			t.Errorf("ss %s: the columns are %q, want %q", c.flags, header, wantHeader)
		}
		compareRows(t, "ss "+c.flags, rows, want)
	}
}

// parseLsof reads the rows of numbered descriptors, without the numbers of
// devices and inodes.
func parseLsof(text string) (header string, rows []string) {
	numbered := regexp.MustCompile(`^\d+[a-z]?$`)
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Fields(plain(line))
		if i == 0 {
			header = strings.Join(f, " ")
			continue
		}
		if len(f) < 9 || !numbered.MatchString(f[3]) {
			continue
		}
		f[1], f[5] = "PID", "DEVICE"
		if f[7] != "TCP" && f[7] != "UDP" {
			f[7] = "NODE"
		}
		rows = append(rows, strings.Join(f, " "))
	}
	return header, rows
}

func TestLsof(t *testing.T) {
	needTool(t, "lsof", "-v", 4, 95)
	sim, _, actual, m := both(t, quiet)
	text := run(t, m, "lsof", "-nP", "-p", fmt.Sprint(actual.web.(*process).t.pid))
	ours := sim.web.(*simProcess).Lsof()
	t.Logf("ours:\n%s\nlsof -nP -p:\n%s", ours, text)
	header, rows := parseLsof(ours)
	wantHeader, want := parseLsof(text)
	if header != wantHeader {
		t.Errorf("the columns are %q, want %q", header, wantHeader)
	}
	compareRows(t, "lsof", rows, want)
}

// parseNstat reads name, value and rate.
func parseNstat(t *testing.T, text string) map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if !strings.HasPrefix(lines[0], "#") {
		t.Errorf("nstat begins with %q, want #kernel", lines[0])
	}
	m := map[string]string{}
	for _, line := range lines[1:] {
		f := strings.Fields(line)
		if len(f) != 3 || f[2] != "0.0" || line != fmt.Sprintf("%-32s%-16s%6s", f[0], f[1], f[2]) {
			t.Errorf("not as nstat prints: %q", line)
			continue
		}
		m[f[0]] = f[1]
	}
	return m
}

// TestNstat: the form of the lines; that each name of ours is one; and the
// counters that do not hang on when an acknowledgement is sent.
func TestNstat(t *testing.T) {
	needTool(t, "nstat", "-V", 6, 0)
	_, h, _, m := both(t, quiet)
	text := run(t, m, "nstat", "-az")
	ours := h.host.Stats()
	t.Logf("ours:\n%v\nnstat -az:\n%s", ours, text)
	theirs := parseNstat(t, text)
	parseNstat(t, ours.String())
	exact := []string{"IcmpInDestUnreachs", "IcmpOutDestUnreachs", "TcpActiveOpens", "TcpPassiveOpens", "TcpRetransSegs", "TcpOutRsts",
		"UdpInDatagrams", "UdpNoPorts", "UdpInErrors", "UdpOutDatagrams", "TcpExtListenOverflows", "TcpExtListenDrops",
		"TcpExtTCPAbortOnData", "TcpExtTCPAbortOnClose", "TcpExtSyncookiesSent"}
	for _, c := range ours.Protocols() {
		value, ok := theirs[c.Name]
		switch {
		case !ok:
			t.Errorf("nstat knows no %s", c.Name)
		case slices.Contains(exact, c.Name) && value != fmt.Sprint(c.Value):
			t.Errorf("%s is %d, want %s", c.Name, c.Value, value)
		}
	}
}

// parseSockstat reads /proc/net/sockstat: "TCP: inuse 1 orphan 0" is TCP inuse
// 1, TCP orphan 0. What counts for the whole machine (and memory) has no value.
func parseSockstat(text string) []string {
	var list []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		proto, rest, _ := strings.Cut(line, ":")
		f := strings.Fields(rest)
		for i := 0; i+1 < len(f); i += 2 {
			value := f[i+1]
			if f[i] == "alloc" || f[i] == "mem" || f[i] == "orphan" {
				value = "N"
			}
			list = append(list, fmt.Sprint(proto, " ", f[i], " ", value))
		}
	}
	return list
}

func TestSockstat(t *testing.T) {
	_, h, _, m := both(t, quiet)
	for _, c := range []struct{ path, ours string }{
		{"/proc/net/sockstat", h.host.Sockstat().String()}, {"/proc/net/sockstat6", h.host.Sockstat().String6()}} {
		b, err := m.readFile(c.path)
		if err != nil {
			t.Skip(err)
		}
		t.Logf("ours:\n%s\n%s:\n%s", c.ours, c.path, b)
		ours, theirs := parseSockstat(c.ours), parseSockstat(string(b))
		if !slices.Equal(ours, theirs) {
			t.Errorf("%s: %q, want %q", c.path, ours, theirs)
		}
	}
}

// parseStrace reads calls: no time, no padding, no attach and detach.
func parseStrace(text string) []string {
	pointer := regexp.MustCompile(`0x[0-9a-f]{8,}`)
	var list []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		_, call, ok := strings.Cut(line, " ")
		if !ok || strings.HasPrefix(line, "strace:") || strings.Contains(line, "SIOCOUTQNSD") || strings.HasPrefix(call, "fork") {
			continue
		}
		list = append(list, plain(pointer.ReplaceAllString(call, "POINTER")))
	}
	return list
}

func TestStrace(t *testing.T) {
	needTool(t, "strace", "-V", 6, 0)
	var st *tool
	sim, h, _, _ := both(t, func(m *machine, web *process) {
		st = startTool(t, m, "strace", "-tt", "-e", "trace=%network,%desc,dup,dup2,dup3,pipe2,prlimit64", "-p", fmt.Sprint(web.t.pid))
		until(t, "strace looks on", func() bool {
			b, _ := os.ReadFile(st.out)
			return strings.Contains(string(b), "attached")
		})
	})
	unix.PidfdSendSignal(st.t.pidfd, unix.SIGTERM, nil, 0)
	theirs := parseStrace(st.wait(t))
	ours := parseStrace(h.lab.Tape().Strace(sim.web.(*simProcess).Process))
	for i := range max(len(ours), len(theirs)) {
		a, b := "", ""
		if i < len(ours) {
			a = ours[i]
		}
		if i < len(theirs) {
			b = theirs[i]
		}
		if a != b {
			t.Errorf("line %d\nours   %s\nstrace %s", i+1, a, b)
		}
	}
}
