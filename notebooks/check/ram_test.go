package check

import (
	"errors"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

func TestNeedRAM(t *testing.T) {
	judge(t, []trial{
		{"reference", needRAM(13725 * capacity.MB), solved, "11,725 B"},
		{"rounded", needRAM(14 * capacity.GB), solved, ""},
		{"as it comes", needRAM(0), open, "number"},
		{"connections alone", needRAM(11_725 * capacity.MB), wrong, "2 GB, too"},
		{"the kernel", needRAM(3829 * capacity.MB), wrong, "goroutine"},
		{"the kernel and the rest", needRAM(5829 * capacity.MB), wrong, "goroutine"},
		{"too little", needRAM(8 * capacity.GB), wrong, "too little"},
		{"too much", needRAM(64 * capacity.GB), wrong, "too much"},
	})
}

func TestFirstWalls(t *testing.T) {
	judge(t, []trial{
		{"reference", firstWalls("descriptors", "RAM", "tcp_mem"), solved, "nobody reads"},
		{"in capitals", firstWalls("Descriptors", "ram", "TCP_MEM"), solved, ""},
		{"as it comes", firstWalls("", "", ""), open, "each machine"},
		{"memory everywhere", firstWalls("RAM", "RAM", "RAM"), wrong, "Machine 1"},
		{"one is empty", firstWalls("descriptors", "RAM", ""), wrong, "none of"},
		{"memory at last", firstWalls("descriptors", "RAM", "RAM"), wrong, "Machine 3"},
		{"ports", firstWalls("ports", "RAM", "tcp_mem"), wrong, "none of"},
	})
}

func TestAppBudget(t *testing.T) {
	judge(t, []trial{
		{"reference", appBudget(3963), solved, "2,000,000"},
		{"as it comes", appBudget(0), open, "number"},
		{"all of it", appBudget(8000), wrong, "The kernel"},
		{"without epoll", appBudget(4171), wrong, "16 GB carry"},
		{"too modest", appBudget(1000), wrong, "may have more"},
		{"negative", appBudget(-1), wrong, "back"},
	})
}

func TestSlowReader(t *testing.T) {
	type answer = func(p *sockets.Process, fd int, page []byte) error
	send := func(patience time.Duration, closes bool) answer {
		return func(p *sockets.Process, fd int, page []byte) error {
			if closes {
				defer p.Close(fd)
			}
			for len(page) > 0 {
				n, err := p.Write(fd, page)
				if n > 0 {
					page = page[n:]
				}
				if errors.Is(err, sockets.EAGAIN) {
					ready, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLOUT}}, 1, patience)
					if err != nil {
						return err
					}
					if ready == 0 {
						return sockets.ETIMEDOUT
					}
				} else if err != nil {
					return err
				}
			}
			return nil
		}
	}
	judge(t, []trial{
		{"reference", slowReader(send(5*time.Second, true)), solved, "five seconds"},
		{"nil", slowReader(nil), open, "Poll"},
		{"as it comes", slowReader(func(*sockets.Process, int, []byte) error { return Todo }), open, "check.Todo"},
		{"waits for ever", slowReader(send(-1, true)), wrong, "reads nothing"},
		{"waits long", slowReader(send(time.Minute, true)), wrong, "1m0s"},
		{"impatient", slowReader(send(time.Millisecond, true)), wrong, "reads slowly"},
		{"leaks", slowReader(send(5*time.Second, false)), wrong, "still open"},
		{"one write", slowReader(func(p *sockets.Process, fd int, page []byte) error {
			defer p.Close(fd)
			_, err := p.Write(fd, page)
			return err
		}), wrong, "of 2,000,000 bytes"},
		{"says nothing of it", slowReader(func(p *sockets.Process, fd int, page []byte) error {
			send(5*time.Second, true)(p, fd, page)
			return nil
		}), wrong, "has not got the page"},
	})
}
