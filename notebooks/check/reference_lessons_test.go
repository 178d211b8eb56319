package check

import (
	"errors"
	"time"

	"socketbook/sockets"
)

// The reference solutions of the exercises that belong to one lesson. The key
// prints them, with the numbers of a student in place of these.

var myDoor = 1
var mySource uint16 = 40000
var myBacklog = 5
var myBurst = 300
var myMost = 1 << 30
var myHeader = 0
var myBytes = 10
var myFarewell = 0
var myAnswer = "ok"
var myPause = 0
var mySeconds = 5

func findDoorKey(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error) {
	open := 0
	for _, a := range street {
		fd, err := p.Dial(a)
		if err != nil {
			continue
		}
		p.Close(fd)
		if open++; open == myDoor {
			return a, nil
		}
	}
	return sockets.SockAddr{}, errors.New("no door")
}

func claimPortKey(server *sockets.Process) error {
	fd, err := server.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := server.Bind(fd, sockets.Any(myPort)); err != nil {
		return err
	}
	return server.Listen(fd, myBacklog)
}

func restartKey(server *sockets.Process) error {
	fd, err := server.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	server.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
	if err := server.Bind(fd, sockets.Any(myPort)); err != nil {
		return err
	}
	return server.Listen(fd, 5)
}

func roomFor300Key(p *sockets.Process) error {
	if err := p.Host().SetSysctl("net.core.somaxconn", "1024"); err != nil {
		return err
	}
	_, err := p.ListenOn(sockets.Any(myPort), myBurst-1)
	return err
}

func readAllKey(p *sockets.Process, fd int) (all []byte, err error) {
	buf := make([]byte, 512)
	for {
		n, err := p.Read(fd, buf)
		if n == 0 || err != nil {
			return all[min(myHeader, len(all)):], err
		}
		all = append(all, buf[:n]...)
	}
}

func drainKey(p *sockets.Process, fd int) (all []byte, err error) {
	buf := make([]byte, 512)
	for {
		if len(all) == myMost {
			return all, nil
		}
		n, err := p.Read(fd, buf[:min(len(buf), myMost-len(all))])
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
	for buf, got := make([]byte, 100), 0; got < myBytes; {
		n, err := p.Read(fd, buf)
		if err != nil {
			return err
		}
		got += n
	}
	if myFarewell != 0 {
		p.Write(fd, []byte{byte(myFarewell)})
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
		if n == 0 {
			continue
		}
		reply := make([]byte, 10)
		n, err = p.Read(fd, reply)
		if err != nil || string(reply[:n]) == myAnswer {
			return err
		}
	}
}

func noLeakKey(p *sockets.Process, fd int) error {
	defer p.Close(fd)
	n, err := p.Read(fd, make([]byte, 100))
	if n > 0 {
		_, err = p.Write(fd, []byte(myAnswer))
	}
	return err
}

func calmKey(p *sockets.Process, door, served int) error {
	for n := 0; n < served; {
		if _, _, err := p.Accept4(door, 0); err != nil {
			p.Sleep(time.Duration(max(1, myPause)) * time.Millisecond)
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
		if err := client.Bind(fd, client.Host().Addr(mySource)); err != nil {
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
			ready, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLOUT}}, 1, time.Duration(mySeconds)*time.Second)
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
	closed := 0
	for _, fd := range fds {
		n, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLIN}}, 1, 0)
		if err != nil {
			return err
		}
		if n > 0 && closed < myMost { // no client has sent a byte: it is the end
			if err := p.Close(fd); err != nil {
				return err
			}
			closed++
		}
	}
	return nil
}
