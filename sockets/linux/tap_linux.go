//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
	"socketbook/sockets/script"
	"socketbook/sockets/wire"
)

// tap is a machine whose network is a TUN device: what its kernel sends there
// is read by this program, and what this program writes there arrives at the
// kernel. Stories run on it.
//
//	program's calls ─▶ kernel ─▶ tun0 ══▶ read   ─▶ the story's > lines
//	                          ◀─      ◀══ write  ◀─ the story's < lines
type tap struct {
	m     *machine
	p     *process
	six   bool
	dev   *os.File
	start time.Time
	news  chan struct{} // something has happened

	mu  sync.Mutex
	got []packet
}

type packet struct {
	bytes []byte
	at    time.Duration
}

// The addresses of stories.
var (
	host4, peer4 = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	host6, peer6 = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
)

// OpenTap makes a host of the kernel this program runs on, for a story of
// package script: with a network of its own, in which a TUN device leads to the
// story's peer. Give it to script.Options.
//
// It fails with a *[SupportError] where there can be none: on other systems
// than Linux, without network namespaces, without /dev/net/tun.
func OpenTap(s script.Setup) (script.Kernel, error) {
	m, err := open()
	if err != nil {
		return nil, err
	}
	t := &tap{m: m, six: s.IPv6, news: make(chan struct{}, 1)}
	if !m.own {
		err = &SupportError{m.why.Error()}
	} else if err = t.device(s.MTU); err == nil {
		t.p, err = m.newProcess("program", 0)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	t.start = time.Now()
	go t.read()
	return t, nil
}

const tunName = "tun0"

// device makes the TUN device, in the machine's network, and gives this
// program its descriptor.
func (t *tap) device(mtu int) error {
	quiet := map[string]string{"disable_ipv6": "1"} // no packets of its own
	if t.six {
		quiet = map[string]string{"addr_gen_mode": "1", "router_solicitations": "0"}
	}
	for key, value := range quiet {
		err := t.m.SetSysctl("net.ipv6.conf.default."+key, value)
		if err != nil && (t.six || !errors.Is(err, unix.ENOENT)) {
			return &SupportError{err.Error()}
		}
	}
	fd, err := t.m.hand.open("/dev/net/tun")
	if err != nil {
		return &SupportError{"no TUN device: /dev/net/tun: " + err.Error()}
	}
	defer t.m.hand.once(unix.SYS_CLOSE, num(fd)) // the program must not have it
	req := ifreq()
	binary.NativeEndian.PutUint16(req[16:], unix.IFF_TUN|unix.IFF_NO_PI)
	if err := t.m.hand.ioctl(fd, unix.TUNSETIFF, req); err != nil {
		return &SupportError{"no TUN device: " + err.Error()}
	}
	ours, err := unix.PidfdGetfd(t.m.hand.pidfd, fd, 0)
	if err != nil {
		return &SupportError{"no TUN device: pidfd_getfd: " + err.Error()}
	}
	unix.CloseOnExec(ours)
	unix.SetNonblock(ours, true)
	t.dev = os.NewFile(uintptr(ours), "tun")
	if err := t.address(mtu); err != nil {
		return fmt.Errorf("sockets/linux: %s: %w", tunName, err)
	}
	return nil
}

// ifreq is a struct ifreq (netdevice(7)) with the device's name.
func ifreq() []byte {
	b := make([]byte, 40)
	copy(b, tunName)
	return b
}

// address gives the device its address and size, and brings it up.
func (t *tap) address(mtu int) error {
	fd, err := t.m.hand.socket(unix.AF_INET)
	if err != nil {
		return err
	}
	defer t.m.hand.once(unix.SYS_CLOSE, num(fd))
	set := func(cmd uintptr, value []byte) {
		req := ifreq()
		copy(req[16:], value)
		if err == nil {
			err = t.m.hand.ioctl(fd, cmd, req)
		}
	}
	inet := func(a ...byte) []byte { return append([]byte{unix.AF_INET, 0, 0, 0}, a...) }
	set(unix.SIOCSIFMTU, binary.NativeEndian.AppendUint32(nil, uint32(mtu)))
	if !t.six {
		set(unix.SIOCSIFADDR, inet(host4.AsSlice()...))
		set(unix.SIOCSIFNETMASK, inet(255, 255, 255, 0))
	}
	set(unix.SIOCSIFFLAGS, binary.NativeEndian.AppendUint16(nil, unix.IFF_UP|unix.IFF_RUNNING))
	if err != nil || !t.six {
		return err
	}
	req := ifreq()
	if err := t.m.hand.ioctl(fd, unix.SIOCGIFINDEX, req); err != nil {
		return err
	}
	fd6, err := t.m.hand.socket(unix.AF_INET6)
	if err != nil {
		return err
	}
	defer t.m.hand.once(unix.SYS_CLOSE, num(fd6))
	in6 := append(host6.AsSlice(), 64, 0, 0, 0) // struct in6_ifreq: address, prefix, index
	return t.m.hand.ioctl(fd6, unix.SIOCSIFADDR, append(in6, req[16:20]...))
}

// open, socket and ioctl are calls of the machine's first task.
func (t *task) open(path string) (int, error) {
	o := t.order()
	defer o.end()
	return o.do(unix.SYS_OPENAT, atCwd, o.text(path), unix.O_RDWR)
}

func (t *task) socket(family int) (int, error) {
	o := t.order()
	defer o.end()
	return o.do(unix.SYS_SOCKET, num(family), unix.SOCK_DGRAM, 0)
}

func (t *task) ioctl(fd int, cmd uintptr, arg []byte) error {
	o := t.order()
	defer o.end()
	at, b := o.put(arg)
	_, err := o.do(unix.SYS_IOCTL, num(fd), cmd, at)
	copy(arg, b)
	return err
}

// read takes down what the kernel sends, until the device is closed.
func (t *tap) read() {
	buf := make([]byte, 65536)
	for {
		n, err := t.dev.Read(buf)
		at := t.Now()
		if err != nil {
			return
		}
		if b := buf[:n]; !household(b) {
			t.mu.Lock()
			t.got = append(t.got, packet{append([]byte(nil), b...), at})
			t.mu.Unlock()
			t.tell()
		}
	}
}

// household reports whether a packet is the kernel's own business with the
// network: groups and neighbours.
func household(b []byte) bool {
	if len(b) >= wire.IPv4Len && b[0]>>4 == 4 {
		return b[9] == unix.IPPROTO_IGMP
	}
	if len(b) < wire.IPv6Len+1 {
		return false
	}
	const first, last = 130, 143 // ICMPv6: MLD and neighbour discovery
	kind := b[wire.IPv6Len]
	return b[6] == 0 || b[6] == wire.ProtoICMPv6 && kind >= first && kind <= last
}

func (t *tap) tell() {
	select {
	case t.news <- struct{}{}:
	default:
	}
}

func (t *tap) Ends() (host, peer netip.Addr) {
	if t.six {
		return host6, peer6
	}
	return host4, peer4
}

func (t *tap) Now() time.Duration { return time.Since(t.start) }

// Wait looks at what happens. It sleeps for no longer than it is asked to.
func (t *tap) Wait(until time.Duration, stop func() bool) error {
	for !stop() {
		if t.m.closed.Load() {
			return errClosed
		}
		left := until - t.Now()
		if left <= 0 {
			return nil
		}
		alarm := time.NewTimer(left)
		select {
		case <-t.news:
		case <-alarm.C:
		}
		alarm.Stop()
	}
	return nil
}

// Late: a timer of the kernel runs out up to an eighth of its length late
// (kernel/time/timer.c, the granularity of the wheel's levels), and this
// program sees it when it is its turn to run.
func (t *tap) Late(d time.Duration) time.Duration { return d/8 + 30*time.Millisecond }

func (t *tap) Start(f func(k sockets.Calls)) (func() (time.Duration, bool), error) {
	var mu sync.Mutex
	var at time.Duration
	over := false
	_, err := t.p.start(func(k sockets.Calls) {
		f(k)
		mu.Lock()
		at, over = t.Now(), true
		mu.Unlock()
		t.tell()
	})
	return func() (time.Duration, bool) {
		mu.Lock()
		defer mu.Unlock()
		return at, over
	}, err
}

func (t *tap) Inject(packet []byte) error {
	_, err := t.dev.Write(packet)
	return err
}

func (t *tap) Receive() ([]byte, time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.got) == 0 {
		return nil, 0
	}
	p := t.got[0]
	t.got = t.got[1:]
	return p.bytes, p.at
}

func (t *tap) SetSysctl(key, value string) error { return t.m.SetSysctl(key, value) }

// Counter reads a counter as nstat does: of /proc/net/snmp, netstat and snmp6.
func (t *tap) Counter(name string) (uint64, error) {
	for _, file := range []string{"/proc/net/snmp", "/proc/net/netstat", "/proc/net/snmp6"} {
		b, err := t.m.readFile(file)
		if err != nil {
			continue
		}
		lines := strings.Split(string(b), "\n")
		for i, line := range lines {
			f := strings.Fields(line)
			if len(f) == 2 && f[0] == name {
				return strconv.ParseUint(f[1], 10, 64)
			}
			group, _, ok := strings.Cut(line, ":")
			if !ok || i+1 == len(lines) || !strings.HasPrefix(lines[i+1], group+":") {
				continue
			}
			values := strings.Fields(lines[i+1])
			for k := 1; k < min(len(f), len(values)); k++ {
				if group+f[k] == name {
					return strconv.ParseUint(values[k], 10, 64)
				}
			}
		}
	}
	return 0, fmt.Errorf("sockets/linux: this kernel has no counter %s", name)
}

// State finds a connection in /proc/net/tcp or tcp6.
func (t *tap) State(local, remote netip.AddrPort) (sockets.State, error) {
	file := "/proc/net/tcp"
	if local.Addr().Is6() {
		file = "/proc/net/tcp6"
	}
	b, err := t.m.readFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) > 3 && f[1] == procAddr(local) && f[2] == procAddr(remote) {
			n, err := strconv.ParseUint(f[3], 16, 8)
			return sockets.State(n), err
		}
	}
	return sockets.Closed, nil
}

// procAddr is an address as /proc/net/tcp prints it: words of the machine's
// own order.
func procAddr(a netip.AddrPort) string {
	var b strings.Builder
	for s := a.Addr().AsSlice(); len(s) > 0; s = s[4:] {
		fmt.Fprintf(&b, "%08X", binary.NativeEndian.Uint32(s))
	}
	return fmt.Sprintf("%s:%04X", &b, a.Port())
}

// Tail: a real kernel has no tape.
func (t *tap) Tail(int) string { return "" }

func (t *tap) Close() {
	if t.dev != nil {
		t.dev.Close()
	}
	t.m.Close()
}
