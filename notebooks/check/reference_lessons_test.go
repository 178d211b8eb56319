package check

import (
	"errors"
	"time"

	"socketbook/sockets"
)

// The reference solutions of the exercises that belong to one lesson. The key
// prints them.

func findDoorKey(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error) {
	for _, a := range street {
		if fd, err := p.Dial(a); err == nil {
			return a, p.Close(fd)
		}
	}
	return sockets.SockAddr{}, errors.New("no door")
}

func claimPortKey(server *sockets.Process) error {
	fd, err := server.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := server.Bind(fd, sockets.Any(8080)); err != nil {
		return err
	}
	return server.Listen(fd, 5)
}

func restartKey(server *sockets.Process) error {
	fd, err := server.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	server.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
	if err := server.Bind(fd, sockets.Any(8080)); err != nil {
		return err
	}
	return server.Listen(fd, 5)
}

func roomFor300Key(p *sockets.Process) error {
	if err := p.Host().SetSysctl("net.core.somaxconn", "1024"); err != nil {
		return err
	}
	_, err := p.ListenOn(sockets.Any(8080), 299)
	return err
}

func readAllKey(p *sockets.Process, fd int) (all []byte, err error) {
	buf := make([]byte, 512)
	for {
		n, err := p.Read(fd, buf)
		if n == 0 || err != nil {
			return all, err
		}
		all = append(all, buf[:n]...)
	}
}

func drainKey(p *sockets.Process, fd int) (all []byte, err error) {
	buf := make([]byte, 512)
	for {
		n, err := p.Read(fd, buf)
		if errors.Is(err, sockets.EAGAIN) || err == nil && n == 0 {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, buf[:n]...)
	}
}

func hangUpKey(p *sockets.Process, fd int) error {
	if _, err := p.Read(fd, make([]byte, 100)); err != nil {
		return err
	}
	return p.Close(fd)
}

func persistKey(p *sockets.Process, fd int, word []byte) error {
	for {
		if _, err := p.Write(fd, word); err != nil {
			return err
		}
		n, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLIN}}, 1, 50*time.Millisecond)
		if err != nil {
			return err
		}
		if n > 0 {
			_, err = p.Read(fd, make([]byte, 10))
			return err
		}
	}
}

func noLeakKey(p *sockets.Process, fd int) error {
	defer p.Close(fd)
	n, err := p.Read(fd, make([]byte, 100))
	if n > 0 {
		_, err = p.Write(fd, []byte("ok"))
	}
	return err
}

func calmKey(p *sockets.Process, door, served int) error {
	for n := 0; n < served; {
		if _, _, err := p.Accept4(door, 0); err != nil {
			p.Sleep(time.Millisecond)
			continue
		}
		n++
	}
	return nil
}

func onePortKey(client *sockets.Process, to80, to81 sockets.SockAddr) error {
	for _, to := range []sockets.SockAddr{to80, to81} {
		fd, err := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		client.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
		if err := client.Bind(fd, sockets.Addr("10.0.0.2:40000")); err != nil {
			return err
		}
		if err := client.Connect(fd, to); err != nil {
			return err
		}
	}
	return nil
}

func slowReaderKey(p *sockets.Process, fd int, page []byte) error {
	defer p.Close(fd)
	for len(page) > 0 {
		n, err := p.Write(fd, page)
		page = page[max(0, n):]
		switch {
		case errors.Is(err, sockets.EAGAIN):
			ready, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLOUT}}, 1, 5*time.Second)
			if err != nil {
				return err
			}
			if ready == 0 {
				return sockets.ETIMEDOUT
			}
		case err != nil:
			return err
		}
	}
	return nil
}

func tidyKey(p *sockets.Process, fds []int) error {
	for _, fd := range fds {
		n, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLIN}}, 1, 0)
		if err != nil {
			return err
		}
		if n > 0 { // no client has sent a byte: it is the end
			if err := p.Close(fd); err != nil {
				return err
			}
		}
	}
	return nil
}
