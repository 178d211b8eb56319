package check

import (
	"errors"
	"testing"

	"socketbook/sockets"
)

func TestReadable(t *testing.T) {
	judge(t, []trial{
		{"reference", readable("ACDE"), solved, "not sleep"},
		{"another order", readable("e,d,c,a"), solved, ""},
		{"as it comes", readable(""), open, "letters"},
		{"only the bytes", readable("C"), wrong, "at A"},
		{"without the end", readable("ACE"), wrong, "at D"},
		{"without the reset", readable("ACD"), wrong, "at E"},
		{"all", readable("ABCDE"), wrong, "at B"},
		{"no letter of these", readable("X"), wrong, "A to E"},
	})
}

func TestDrain(t *testing.T) {
	type answer = func(p *sockets.Process, fd int) ([]byte, error)
	until := func(buffer int, done func(n int, err error) bool, what func(err error) error) answer {
		return func(p *sockets.Process, fd int) (all []byte, err error) {
			buf := make([]byte, buffer)
			for {
				n, err := p.Read(fd, buf)
				if n > 0 {
					all = append(all, buf[:n]...)
				}
				if done(n, err) {
					return all, what(err)
				}
			}
		}
	}
	again := func(_ int, err error) bool { return errors.Is(err, sockets.EAGAIN) }
	fine := func(error) error { return nil }
	reference := until(512, again, fine)
	judge(t, []trial{
		{"reference", drain(reference), solved, "65,536"},
		{"nil", drain(nil), open, "nothing is left"},
		{"as it comes", drain(func(*sockets.Process, int) ([]byte, error) { return nil, Todo }), open, "check.Todo"},
		{"once", drain(until(4096, func(int, error) bool { return true }, fine)), wrong, "go on until EAGAIN"},
		{"EAGAIN as an error", drain(until(512, again, func(err error) error { return err })), wrong, "for now"},
		{"whole buffers", drain(func(p *sockets.Process, fd int) (all []byte, err error) {
			buf := make([]byte, 512)
			for {
				if n, _ := p.Read(fd, buf); n <= 0 {
					return all, nil
				}
				all = append(all, buf...)
			}
		}), wrong, "not what was sent"},
		{"closes", drain(func(p *sockets.Process, fd int) ([]byte, error) {
			all, err := reference(p, fd)
			p.Close(fd)
			return all, err
		}), wrong, "closed"},
		{"blocks", drain(func(p *sockets.Process, fd int) ([]byte, error) {
			all, err := reference(p, fd)
			p.Fcntl(fd, sockets.F_SETFL, sockets.O_RDWR)
			return all, err
		}), wrong, "blocking"},
	})
}
