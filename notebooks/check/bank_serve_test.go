package check

import (
	"fmt"
	"strconv"

	"socketbook/sockets"
)

type callsOf = sockets.Calls

// doored is a server of blocking calls: how it opens its door, and what it does
// with one client. serve's error ends the server.
func doored(open func(k sockets.Calls) (int, error), serve func(k sockets.Calls, fd int) error) Server {
	return func(k sockets.Calls) error {
		door, err := open(k)
		if err != nil {
			return err
		}
		for {
			fd, _, err := k.Accept4(door, 0)
			if err != nil {
				return err
			}
			if err := serve(k, fd); err != nil {
				return err
			}
		}
	}
}

func rightDoor(k sockets.Calls) (int, error) { return openDoor(k, 0) }

// opens is a door with an address, a backlog, and SO_REUSEADDR or not.
func opens(at sockets.SockAddr, backlog int, reuse bool) func(k sockets.Calls) (int, error) {
	return func(k sockets.Calls) (int, error) {
		fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err != nil {
			return -1, err
		}
		if reuse {
			k.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
		}
		if err := k.Bind(fd, at); err != nil {
			return -1, err
		}
		if backlog < 0 {
			return fd, nil
		}
		return fd, k.Listen(fd, backlog)
	}
}

// echoes is the right way to serve one client.
func echoes(k sockets.Calls, fd int) error {
	defer k.Close(fd)
	buf := make([]byte, 4096)
	for {
		n, err := k.Read(fd, buf)
		if n == 0 || err != nil || writeAll(k, fd, answerTo(buf[:n])) != nil {
			return nil
		}
	}
}

func doorBank() []wrongAnswer {
	door := func(name, says string, open func(k sockets.Calls) (int, error)) wrongAnswer {
		return wrongAnswer{name, echoExam(doored(open, echoes)), says}
	}
	right := myPort
	return []wrongAnswer{
		door("SO_REUSEADDR is missing", "SO_REUSEADDR", opens(sockets.Any(right), 128, false)),
		door("a backlog of 0", "backlog", opens(sockets.Any(right), 0, true)),
		door("a backlog of 5", "backlog", opens(sockets.Any(right), 5, true)),
		door("bound to the loopback address", "0.0.0.0", opens(sockets.Addr(fmt.Sprint("127.0.0.1:", right)), 128, true)),
		door("the port's bytes are swapped", "swapped", opens(sockets.Any(right>>8|right<<8), 128, true)),
		door("another port", "port 80", opens(sockets.Any(80), 128, true)),
		door("no bind", "listens at port", func(k sockets.Calls) (int, error) {
			fd, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			return fd, k.Listen(fd, 128)
		}),
		door("no listen", "EINVAL", opens(sockets.Any(right), -1, true)),
		door("one client is served", "returned", func(k sockets.Calls) (int, error) { return openDoor(k, 0) }).with(
			func(k sockets.Calls) error {
				door, err := openDoor(k, 0)
				if err == nil {
					var fd int
					if fd, _, err = k.Accept4(door, 0); err == nil {
						err = echoes(k, fd)
					}
				}
				return err
			}),
	}
}

// with is the same entry with another answer.
func (w wrongAnswer) with(answer Server) wrongAnswer {
	w.exam = echoExam(answer)
	return w
}

// each reads on and on, and does something with what came.
func each(do func(k sockets.Calls, fd int, buf []byte, n int) error) func(k sockets.Calls, fd int) error {
	return func(k sockets.Calls, fd int) error {
		defer k.Close(fd)
		buf := make([]byte, 4096)
		for {
			n, err := k.Read(fd, buf)
			if n == 0 || err != nil || do(k, fd, answerTo(buf), n) != nil {
				return nil
			}
		}
	}
}

func echoBank() []wrongAnswer {
	echo := func(name, says string, serve func(k sockets.Calls, fd int) error) wrongAnswer {
		return wrongAnswer{name, echoExam(doored(rightDoor, serve)), says}
	}
	return []wrongAnswer{
		echo("short writes are ignored", "Write", each(func(k sockets.Calls, fd int, buf []byte, n int) error {
			_, err := k.Write(fd, buf[:n])
			return err
		})),
		echo("one Read for each client", "unread", func(k sockets.Calls, fd int) error {
			buf := make([]byte, 4096)
			n, _ := k.Read(fd, buf)
			writeAll(k, fd, answerTo(buf[:n]))
			return k.Close(fd)
		}),
		echo("the end is ignored", "never sleeps", func(k sockets.Calls, fd int) error {
			for buf := make([]byte, 4096); ; {
				n, err := k.Read(fd, buf)
				if err != nil {
					return k.Close(fd)
				}
				writeAll(k, fd, answerTo(buf[:n]))
			}
		}),
		echo("no close", "", func(k sockets.Calls, fd int) error { echoes(neverCloses{k}, fd); return nil }),
		echo("closed twice", "close(", func(k sockets.Calls, fd int) error { echoes(k, fd); k.Close(fd); return nil }),
		echo("written to after close", "write(", func(k sockets.Calls, fd int) error { echoes(k, fd); k.Write(fd, []byte("bye")); return nil }),
		echo("a reset ends the server", "reset", func(k sockets.Calls, fd int) error {
			defer k.Close(fd)
			for buf := make([]byte, 4096); ; {
				n, err := k.Read(fd, buf)
				if n == 0 || err != nil {
					return err
				}
				if err := writeAll(k, fd, answerTo(buf[:n])); err != nil {
					return err
				}
			}
		}),
		echo("the whole buffer is sent", "", each(func(k sockets.Calls, fd int, buf []byte, n int) error { return writeAll(k, fd, buf) })),
		echo("nothing is sent before the end", "waits", func(k sockets.Calls, fd int) error {
			defer k.Close(fd)
			all, buf := []byte(nil), make([]byte, 4096)
			for {
				n, err := k.Read(fd, buf)
				if n == 0 || err != nil {
					writeAll(k, fd, all)
					return nil
				}
				all = append(all, answerTo(buf[:n])...)
			}
		}),
		echo("waits for a full buffer", "", func(k sockets.Calls, fd int) error {
			defer k.Close(fd)
			for buf := make([]byte, 4096); ; {
				n, _, err := k.Recvfrom(fd, buf, sockets.MSG_WAITALL)
				if n == 0 || err != nil || writeAll(k, fd, answerTo(buf[:n])) != nil {
					return nil
				}
			}
		}),
		echo("a panic at the end", "panicked", each(func(k sockets.Calls, fd int, buf []byte, n int) error {
			_ = buf[n-1000]
			return writeAll(k, fd, buf[:n])
		})),
		echo("zeros are cut off", "", each(func(k sockets.Calls, fd int, buf []byte, n int) error {
			return writeAll(k, fd, buf[:max(1, n-1)])
		})),
	}
}

// neverCloses is a kernel for whom close is too much work.
type neverCloses struct{ sockets.Calls }

func (neverCloses) Close(int) error { return nil }

func lengthBank() []wrongAnswer {
	digits := func(k sockets.Calls, fd, n int) { writeAll(k, fd, strconv.AppendInt(nil, int64(n), 10)) }
	length := func(name, says string, serve func(k sockets.Calls, fd int) error) wrongAnswer {
		return wrongAnswer{"length: " + name, lengthExam(doored(rightDoor, serve)), says}
	}
	// until reads until stop says so, and answers.
	until := func(stop func(n, sum int, buf []byte) bool, answer func(k sockets.Calls, fd, sum int)) func(k sockets.Calls, fd int) error {
		return func(k sockets.Calls, fd int) error {
			defer k.Close(fd)
			buf := make([]byte, 4096)
			for sum := 0; ; {
				n, err := k.Read(fd, buf)
				if err != nil {
					return nil
				}
				if sum += counted(buf[:n]); n == 0 || stop(n, sum, buf) {
					answer(k, fd, sum)
					return nil
				}
			}
		}
	}
	never := func(int, int, []byte) bool { return false }
	return []wrongAnswer{
		length("one Read is one message", "", until(func(n, sum int, buf []byte) bool { return true }, digits)),
		length("a short Read is the end", "", until(func(n, sum int, buf []byte) bool { return n < len(buf) }, digits)),
		length("half-close is taken for goodbye", "", until(never, func(sockets.Calls, int, int) {})),
		length("closed with bytes unread", "all bytes up to the end", until(func(n, sum int, buf []byte) bool { return sum > 100 }, digits)),
		length("both sides are shut down first", "", until(never, func(k sockets.Calls, fd, sum int) {
			k.Shutdown(fd, 2)
			digits(k, fd, sum)
		})),
		{"length: the sum goes on with the next client", lengthExam(func(k sockets.Calls) error {
			total := 0
			return doored(rightDoor, until(never, func(k sockets.Calls, fd, sum int) {
				total += sum
				digits(k, fd, total)
			}))(k)
		}), "this client alone"},
		length("a newline too much", "more", until(never, func(k sockets.Calls, fd, sum int) {
			writeAll(k, fd, strconv.AppendInt(nil, int64(sum), 10))
			k.Write(fd, []byte("\n"))
		})),
		length("the answer is not closed", "does not close", func(k sockets.Calls, fd int) error {
			return until(never, digits)(neverCloses{k}, fd)
		}),
		length("answers a reset", "", func(k sockets.Calls, fd int) error {
			defer k.Close(fd)
			for sum, buf := 0, make([]byte, 4096); ; {
				n, err := k.Read(fd, buf)
				if n == 0 || err != nil {
					if err := writeAll(k, fd, strconv.AppendInt(nil, int64(sum), 10)); err != nil {
						return err
					}
					return nil
				}
				sum += counted(buf[:n])
			}
		}),
	}
}
