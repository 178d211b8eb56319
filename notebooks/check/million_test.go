package check

import (
	"testing"

	"socketbook/sockets"
)

func TestTenMillion(t *testing.T) {
	judge(t, []trial{
		{"reference", tenMillion(355), solved, "28,232"},
		{"as it comes", tenMillion(0), open, "number"},
		{"one short", tenMillion(354), wrong, "too few"},
		{"one too many", tenMillion(356), wrong, "355 addresses would do"},
		{"none", tenMillion(-3), wrong, "at least one"},
	})
}

func TestFilter(t *testing.T) {
	judge(t, []trial{
		{"reference", filter("state close-wait dst 10.1.0.0/24"), solved, "right ones"},
		{"as it comes", filter(""), open, "quotes"},
		{"nonsense", filter("close-wait please"), wrong, "not understand"},
		{"any network", filter("state close-wait"), wrong, "others besides"},
		{"any state", filter("dst 10.1.0.0/24"), wrong, "others besides"},
		{"another state", filter("state time-wait dst 10.1.0.0/24"), wrong, "In which state"},
		{"those who stay", filter("state established dst 10.1.0.0/24"), wrong, "others"},
	})
}

func TestTidy(t *testing.T) {
	ends := func(p *sockets.Process, fd int) (bool, error) {
		n, err := p.Poll([]sockets.PollFD{{FD: fd, Events: sockets.POLLIN}}, 1, 0)
		return n > 0, err
	}
	judge(t, []trial{
		{"reference", tidy(func(p *sockets.Process, fds []int) error {
			for _, fd := range fds {
				gone, err := ends(p, fd)
				if err != nil {
					return err
				}
				if gone {
					if err := p.Close(fd); err != nil {
						return err
					}
				}
			}
			return nil
		}), solved, "50 descriptors are free again"},
		{"nil", tidy(nil), open, "Close the descriptors"},
		{"as it comes", tidy(func(*sockets.Process, []int) error { return Todo }), open, "check.Todo"},
		{"nothing", tidy(func(*sockets.Process, []int) error { return nil }), wrong, "50 sockets are left over in CLOSE-WAIT"},
		{"all of them", tidy(func(p *sockets.Process, fds []int) error {
			for _, fd := range fds {
				p.Close(fd)
			}
			return nil
		}), wrong, "hung up on 150 clients"},
		{"reads each", tidy(func(p *sockets.Process, fds []int) error {
			for _, fd := range fds {
				n, err := p.Read(fd, make([]byte, 1))
				if err != nil {
					return err
				}
				if n == 0 {
					p.Close(fd)
				}
			}
			return nil
		}), wrong, "sleeps in a read"},
		{"gives up", tidy(func(p *sockets.Process, fds []int) error { return p.Close(-1) }), wrong, "EBADF"},
	})
}
