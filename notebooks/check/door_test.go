package check

import (
	"testing"

	"socketbook/sockets"
)

func TestCountSockets(t *testing.T) {
	judge(t, []trial{
		{"reference", countSockets(293), solved, "290 conversations"},
		{"as it comes", countSockets(0), open, "number"},
		{"conversations only", countSockets(290), wrong, "knock at"},
		{"without UDP", countSockets(292), wrong, "port 53"},
		{"without doors", countSockets(291), wrong, "knock at"},
		{"doors only", countSockets(3), wrong, "of its own"},
		{"anything", countSockets(1), wrong, "one socket"},
	})
}

func TestBeside(t *testing.T) {
	judge(t, []trial{
		{"reference", beside("ACDE"), solved, "at least one"},
		{"in small letters and another order", beside("e, d, c, a"), solved, ""},
		{"as it comes", beside(""), open, "letters"},
		{"all", beside("ABCDE"), wrong, "EADDRNOTAVAIL"},
		{"one missing", beside("ACD"), wrong, "missing"},
		{"no letter of these", beside("AX"), wrong, "none of them"},
	})
}

func TestFindDoor(t *testing.T) {
	type answer = func(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error)
	search := func(clean bool) answer {
		return func(p *sockets.Process, street []sockets.SockAddr) (sockets.SockAddr, error) {
			for _, a := range street {
				if fd, err := p.Dial(a); err == nil {
					if clean {
						p.Close(fd)
					}
					return a, nil
				}
			}
			return sockets.SockAddr{}, nil
		}
	}
	judge(t, []trial{
		{"reference", findDoor(search(true)), solved, "wherever"},
		{"nil", findDoor(nil), open, "Find"},
		{"as it comes", findDoor(func(*sockets.Process, []sockets.SockAddr) (sockets.SockAddr, error) {
			return sockets.SockAddr{}, Todo
		}), open, "check.Todo"},
		{"left open", findDoor(search(false)), wrong, "one descriptor is left open"},
		{"the first", findDoor(func(_ *sockets.Process, s []sockets.SockAddr) (sockets.SockAddr, error) {
			return s[0], nil
		}), wrong, "ECONNREFUSED"},
		{"gives up at the first error", findDoor(func(p *sockets.Process, s []sockets.SockAddr) (sockets.SockAddr, error) {
			_, err := p.Dial(s[0])
			return s[0], err
		}), wrong, "no reason to stop"},
		{"sockets of failed connects left open", findDoor(func(p *sockets.Process, s []sockets.SockAddr) (sockets.SockAddr, error) {
			for _, a := range s {
				fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
				if p.Connect(fd, a) == nil {
					p.Close(fd)
					return a, nil
				}
			}
			return s[0], nil
		}), wrong, "left open"},
	})
}
