package check

import (
	"encoding/binary"
	"errors"
	"time"

	"socketbook/sockets"
)

// askOnce is one try.
func askOnce(k sockets.Calls, server sockets.SockAddr, question []byte) ([]byte, error) {
	fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	defer k.Close(fd)
	if err := k.Connect(fd, server); err != nil {
		return nil, err
	}
	if err := writeAll(k, fd, question); err != nil {
		return nil, err
	}
	var all []byte
	for buf := make([]byte, 4096); ; {
		n, err := k.Read(fd, buf)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return all, nil
		}
		all = append(all, buf[:n]...)
	}
}

func askReference(k sockets.Calls, server sockets.SockAddr, question []byte) (reply []byte, err error) {
	for range 50 {
		if reply, err = askOnce(k, server, question); err == nil {
			return reply, nil
		}
		k.Poll(nil, 0, 50*time.Millisecond)
	}
	return nil, err
}

func dialReference(k sockets.Calls, server sockets.SockAddr, patience time.Duration) (int, error) {
	fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	err = k.Connect(fd, server)
	if errors.Is(err, sockets.EINPROGRESS) {
		err = settled(k, fd, patience)
	}
	if err != nil {
		k.Close(fd)
		return -1, err
	}
	return fd, nil
}

// settled waits for the end of a handshake.
func settled(k sockets.Calls, fd int, patience time.Duration) error {
	n, err := k.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLOUT}}, 1, patience)
	if err != nil {
		return err
	}
	if n == 0 {
		return sockets.ETIMEDOUT
	}
	var why [4]byte
	if _, err := k.Getsockopt(fd, sockets.SOL_SOCKET, sockets.SO_ERROR, why[:], 4); err != nil {
		return err
	}
	if code := binary.LittleEndian.Uint32(why[:]); code != 0 {
		return sockets.Errno(code)
	}
	return nil
}
