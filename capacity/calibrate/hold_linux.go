package calibrate

import (
	"context"
	"fmt"
	"syscall"
)

const canMeasure = true

// bindNoPort is IP_BIND_ADDRESS_NO_PORT: the port is chosen at connect, so
// that it need only be free towards this destination.
const bindNoPort = 24

// bench is a listener on loopback and the connections made to it.
type bench struct {
	listener int
	port     int
	fds      []int
}

// hold opens connections of a state up to the last of marks, calls look at
// each mark, and closes everything. The connections leave from 127.0.0.2, whose
// ports nobody else uses.
func hold(ctx context.Context, state string, marks []int, look func(n int)) error {
	b := &bench{listener: -1}
	defer b.close()
	if err := b.listen(marks[len(marks)-1]); err != nil {
		return err
	}
	for n := 1; len(marks) > 0; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := b.connect(state); err != nil {
			return fmt.Errorf("connection %d: %w", n, err)
		}
		if n == marks[0] {
			look(n)
			marks = marks[1:]
		}
	}
	return nil
}

func (b *bench) listen(backlog int) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	b.listener = fd
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := syscall.Listen(fd, backlog); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return fmt.Errorf("getsockname: %w", err)
	}
	b.port = at.(*syscall.SockaddrInet4).Port
	return nil
}

// connect makes one more connection and brings it into the state.
func (b *bench) connect(state string) error {
	c, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	b.fds = append(b.fds, c)
	syscall.SetsockoptInt(c, syscall.IPPROTO_IP, bindNoPort, 1)
	if err := syscall.Bind(c, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 2}}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := syscall.Connect(c, &syscall.SockaddrInet4{Port: b.port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if state == Queued {
		return nil
	}
	s, _, err := syscall.Accept4(b.listener, syscall.SOCK_CLOEXEC)
	if err != nil {
		return fmt.Errorf("accept4: %w", err)
	}
	b.fds = append(b.fds, s)
	switch state {
	case Unread:
		if n, err := syscall.Write(c, make([]byte, unreadBytes)); err != nil || n < unreadBytes {
			return fmt.Errorf("write of %d bytes took %d: %w", unreadBytes, n, err)
		}
	case TimeWait: // the client closes first, and keeps it
		syscall.Close(c)
		syscall.Close(s)
		b.fds = b.fds[:len(b.fds)-2]
	}
	return nil
}

// close ends everything with RST, so that nothing stays in TIME_WAIT; what is
// there already is gone in a minute.
func (b *bench) close() {
	for _, fd := range b.fds {
		syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
		syscall.Close(fd)
	}
	if b.listener >= 0 {
		syscall.Close(b.listener)
	}
}
