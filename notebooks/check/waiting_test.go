package check

import (
	"testing"
	"time"

	"socketbook/sockets"
)

func TestLastIn(t *testing.T) {
	judge(t, []trial{
		{"reference", lastIn(2), solved, "2 s"},
		{"as it comes", lastIn(0), open, "number"},
		{"the first knock", lastIn(1), wrong, "nobody has accepted"},
		{"when there is room", lastIn(1.5), wrong, "own clocks"},
		{"far off", lastIn(60), wrong, "instants"},
	})
}

func TestRoomFor300(t *testing.T) {
	set := func(p *sockets.Process) error { return p.Host().SetSysctl("net.core.somaxconn", "1024") }
	listen := func(p *sockets.Process, backlog int) error {
		_, err := p.ListenOn(sockets.Any(port), backlog)
		return err
	}
	judge(t, []trial{
		{"reference", roomFor300(func(p *sockets.Process) error { set(p); return listen(p, 299) }), solved, "backlog is 299"},
		{"more than enough", roomFor300(func(p *sockets.Process) error { set(p); return listen(p, 5000) }), solved, "1,024"},
		{"nil", roomFor300(nil), open, "300"},
		{"as it comes", roomFor300(func(*sockets.Process) error { return Todo }), open, "check.Todo"},
		{"only listen", roomFor300(func(p *sockets.Process) error { return listen(p, 300) }), wrong, "whatever you asked"},
		{"setting after listen", roomFor300(func(p *sockets.Process) error {
			err := listen(p, 300)
			set(p)
			return err
		}), wrong, "but after listen"},
		{"small backlog", roomFor300(func(p *sockets.Process) error { set(p); return listen(p, 200) }), wrong, "backlog is 200"},
		{"no listener", roomFor300(set), wrong, "no socket"},
	})
}

func TestCounters(t *testing.T) {
	judge(t, []trial{
		{"reference", counters("CBDA"), solved, "cookies"},
		{"in small letters", counters("c b d a"), solved, ""},
		{"as it comes", counters(""), open, "four letters"},
		{"too few", counters("AB"), wrong, "Four letters"},
		{"none of these", counters("WXYZ"), wrong, "Four letters"},
		{"no listener", counters("ABDC"), wrong, "turned everybody away"},
		{"the two lines", counters("CADB"), wrong, "which of the two lines has"},
	})
}

func TestRestart(t *testing.T) {
	reopen := func(options ...int) func(p *sockets.Process) error {
		return func(p *sockets.Process) error {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			for _, o := range options {
				p.Setsockopt(fd, sockets.SOL_SOCKET, o, []byte{1, 0, 0, 0}, 4)
			}
			if err := p.Bind(fd, sockets.Any(port)); err != nil {
				return err
			}
			return p.Listen(fd, 5)
		}
	}
	judge(t, []trial{
		{"reference", restart(reopen(sockets.SO_REUSEADDR)), solved, "EADDRINUSE"},
		{"nil", restart(nil), open, "TIME-WAIT"},
		{"as it comes", restart(func(*sockets.Process) error { return Todo }), open, "check.Todo"},
		{"without the option", restart(reopen()), wrong, "before bind"},
		{"option after bind", restart(func(p *sockets.Process) error {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			err := p.Bind(fd, sockets.Any(port))
			p.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
			if err != nil {
				return err
			}
			return p.Listen(fd, 5)
		}), wrong, "before bind"},
		{"waits it out", restart(func(p *sockets.Process) error {
			p.Sleep(70 * time.Second)
			return reopen()(p)
		}), wrong, "a minute"},
		{"shares with the living", restart(reopen(sockets.SO_REUSEADDR, sockets.SO_REUSEPORT)), wrong, "SO_REUSEPORT"},
		{"no listen", restart(func(p *sockets.Process) error {
			fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			p.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4)
			return p.Bind(fd, sockets.Any(port))
		}), wrong, "nobody listens"},
	})
}
