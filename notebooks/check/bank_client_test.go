package check

import (
	"errors"
	"time"

	"socketbook/sockets"
)

// again asks with once until it says stop, with a pause between.
func again(times int, pause time.Duration, once Asker, stop func(err error) bool) Asker {
	return func(k sockets.Calls, server sockets.SockAddr, question []byte) (reply []byte, err error) {
		for range times {
			if reply, err = once(k, server, question); err == nil || stop(err) {
				return reply, err
			}
			if pause > 0 {
				k.Poll(nil, 0, pause)
			}
		}
		return nil, err
	}
}

// asking is one try whose reading is the bug.
func asking(read func(k sockets.Calls, fd int) ([]byte, error), write func(k sockets.Calls, fd int, data []byte) error) Asker {
	return func(k sockets.Calls, server sockets.SockAddr, question []byte) ([]byte, error) {
		fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err != nil {
			return nil, err
		}
		defer k.Close(fd)
		if err := k.Connect(fd, server); err != nil {
			return nil, err
		}
		if err := write(k, fd, greeted(question)); err != nil {
			return nil, err
		}
		return read(k, fd)
	}
}

func readAllOf(k sockets.Calls, fd int) (all []byte, err error) {
	for buf := make([]byte, 4096); ; {
		n, err := k.Read(fd, buf)
		if n == 0 || err != nil {
			return all, err
		}
		all = append(all, buf[:n]...)
	}
}

func askBank() []wrongAnswer {
	const pause = 50 * time.Millisecond
	goOn := func(error) bool { return false }
	ask := func(name, says string, answer Asker) wrongAnswer {
		return wrongAnswer{"ask: " + name, askExam(answer), says}
	}
	return []wrongAnswer{
		ask("ECONNREFUSED is final", "ECONNREFUSED", again(50, pause, askOnce, func(err error) bool { return errors.Is(err, sockets.ECONNREFUSED) })),
		ask("a reset is final", "hung up", again(50, pause, askOnce, func(err error) bool { return errors.Is(err, sockets.ECONNRESET) })),
		ask("three tries", "gave up after", again(3, pause, askOnce, goOn)),
		ask("no pause between tries", "wait a little", again(1_000_000, 0, askOnce, goOn)),
		ask("no try at all", "gave up", askOnce),
		ask("a failed socket stays open", "descriptor", again(50, pause, func(k sockets.Calls, to sockets.SockAddr, q []byte) ([]byte, error) {
			return askOnce(neverCloses{k}, to, q)
		}, goOn)),
		ask("one Read is the answer", "bytes of", again(50, pause, asking(func(k sockets.Calls, fd int) ([]byte, error) {
			buf := make([]byte, 1<<16)
			n, err := k.Read(fd, buf)
			return buf[:max(0, n)], err
		}, writeAll), goOn)),
		ask("a reset is the end of an answer", "bytes of", again(50, pause, asking(func(k sockets.Calls, fd int) ([]byte, error) {
			all, _ := readAllOf(k, fd)
			return all, nil
		}, writeAll), goOn)),
		ask("short writes are ignored", "waits for the rest", again(50, pause, asking(readAllOf, func(k sockets.Calls, fd int, data []byte) error {
			_, err := k.Write(fd, data)
			return err
		}), goOn)),
		ask("the whole buffer is the answer", "first n bytes", again(50, pause, asking(func(k sockets.Calls, fd int) (all []byte, err error) {
			for buf := make([]byte, 4096); ; {
				n, err := k.Read(fd, buf)
				if n == 0 || err != nil {
					return all, err
				}
				all = append(all, buf...)
			}
		}, writeAll), goOn)),
		ask("the end is ignored", "never sleeps", again(50, pause, asking(func(k sockets.Calls, fd int) (all []byte, err error) {
			for buf := make([]byte, 4096); ; {
				n, err := k.Read(fd, buf)
				if err != nil {
					return all, err
				}
				all = append(all, buf[:n]...)
			}
		}, writeAll), goOn)),
		ask("closed twice", "not open", again(50, pause, asking(func(k sockets.Calls, fd int) ([]byte, error) {
			all, err := readAllOf(k, fd)
			k.Close(fd)
			return all, err
		}, writeAll), goOn)),
		ask("the question is shut down both ways", "", again(50, pause, asking(readAllOf, func(k sockets.Calls, fd int, data []byte) error {
			if err := writeAll(k, fd, data); err != nil {
				return err
			}
			return k.Shutdown(fd, 2)
		}), goOn)),
	}
}

// dialing differently: how to wait for the handshake, and what is left behind.
func dials2(wait func(k sockets.Calls, fd int, patience time.Duration) error, leave bool) Dialer {
	return func(k sockets.Calls, server sockets.SockAddr, patience time.Duration) (int, error) {
		fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
		if err != nil {
			return -1, err
		}
		if err = fromOwn(k, fd); err == nil {
			err = k.Connect(fd, server)
		}
		if errors.Is(err, sockets.EINPROGRESS) {
			err = wait(k, fd, patience)
		}
		if err != nil && !leave {
			k.Close(fd)
		}
		return fd, err
	}
}

// polled waits for events, and asks nothing.
func polled(events int) func(k sockets.Calls, fd int, patience time.Duration) error {
	return func(k sockets.Calls, fd int, patience time.Duration) error {
		n, err := k.Poll([]sockets.PollFD{{FD: fd, Events: events}}, 1, patience)
		if err == nil && n == 0 {
			err = sockets.ETIMEDOUT
		}
		return err
	}
}

func dialBank() []wrongAnswer {
	dial := func(name, says string, answer Dialer) wrongAnswer {
		return wrongAnswer{"dial: " + name, dialExam(answer), says}
	}
	return []wrongAnswer{
		dial("EINPROGRESS is a failure", "has begun", dials2(func(sockets.Calls, int, time.Duration) error { return sockets.EINPROGRESS }, false)),
		dial("SO_ERROR is not read", "SO_ERROR", dials2(polled(sockets.POLLOUT), false)),
		dial("waits for something to read", "", dials2(polled(sockets.POLLIN), false)),
		dial("no wait for the handshake", "under way", dials2(func(sockets.Calls, int, time.Duration) error { return nil }, false)),
		dial("a failed socket stays open", "still holds", dials2(settled, true)),
		dial("patience is not kept", "patience", dials2(func(k sockets.Calls, fd int, _ time.Duration) error {
			return settled(k, fd, time.Hour)
		}, false)),
		dial("milliseconds for microseconds", "gave up after", dials2(func(k sockets.Calls, fd int, patience time.Duration) error {
			return settled(k, fd, patience/1000)
		}, false)),
		dial("connect blocks", "blocks", func(k sockets.Calls, server sockets.SockAddr, _ time.Duration) (int, error) {
			fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			if err != nil {
				return -1, err
			}
			fromOwn(k, fd)
			if err = k.Connect(fd, server); err != nil {
				k.Close(fd)
			}
			return fd, err
		}),
		dial("connect is asked again and again", "never sleeps", func(k sockets.Calls, server sockets.SockAddr, _ time.Duration) (int, error) {
			fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0)
			fromOwn(k, fd)
			for err == nil || !errors.Is(err, sockets.EISCONN) {
				err = k.Connect(fd, server)
			}
			return fd, nil
		}),
		dial("every failure is a timeout", "ECONNREFUSED", func(k sockets.Calls, server sockets.SockAddr, patience time.Duration) (int, error) {
			fd, err := dialReference(k, server, patience)
			if err != nil {
				err = sockets.ETIMEDOUT
			}
			return fd, err
		}),
	}
}
