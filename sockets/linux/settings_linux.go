//go:build linux && (amd64 || arm64)

package linux

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// SetSysctl changes a setting of the machine's kernel. It needs a network of
// its own: everybody's settings are not ours to change.
func (m *machine) SetSysctl(key, value string) error {
	if !m.own {
		return fmt.Errorf("sockets/linux: %s cannot be set: %w", key, m.why)
	}
	if !strings.HasPrefix(key, "net.") {
		return fmt.Errorf("sockets/linux: %s is not a setting of the network, and would change for everybody", key)
	}
	o := m.hand.order()
	defer o.end()
	fd, err := o.do(unix.SYS_OPENAT, atCwd, o.text(sysctlPath(key)), unix.O_WRONLY)
	if err != nil {
		return fmt.Errorf("sockets/linux: %s: %w", key, err)
	}
	at, b := o.put([]byte(value))
	_, err = o.do(unix.SYS_WRITE, num(fd), at, num(len(b)))
	o.do(unix.SYS_CLOSE, num(fd))
	if err != nil {
		return fmt.Errorf("sockets/linux: %s = %q: %w", key, value, err)
	}
	return nil
}

// Addr is 127.0.0.1 with the port, or with a free one where the loopback device
// is everybody's.
func (m *machine) Addr(port uint16) sockets.SockAddr {
	if m.own || port == 0 {
		return loopback(port)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ports[port] == 0 {
		m.ports[port] = freePort()
	}
	return loopback(m.ports[port])
}

// freePort is a port nobody has, of TCP or of UDP; 0 if there is none.
func freePort() uint16 {
	for range 100 {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return 0
		}
		port := l.Addr().(*net.TCPAddr).Port
		u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		l.Close()
		if err == nil {
			u.Close()
			return uint16(port)
		}
	}
	return 0
}

// Sysctl reads a setting.
func (m *machine) Sysctl(key string) (string, error) {
	b, err := m.readFile(sysctlPath(key))
	return strings.TrimSpace(string(b)), err
}

func sysctlPath(key string) string { return "/proc/sys/" + strings.ReplaceAll(key, ".", "/") }

// readFile reads a file as the machine's processes see it: of /proc/net, their
// network's.
func (m *machine) readFile(path string) ([]byte, error) {
	o := m.hand.order()
	defer o.end()
	fd, err := o.do(unix.SYS_OPENAT, atCwd, o.text(path), unix.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("sockets/linux: %s: %w", path, err)
	}
	at, b := o.room(64 << 10)
	var all []byte
	for {
		n, err := o.do(unix.SYS_READ, num(fd), at, num(len(b)))
		if n <= 0 {
			_, e := o.do(unix.SYS_CLOSE, num(fd))
			return all, errors.Join(err, e)
		}
		all = append(all, b[:n]...)
	}
}
