package check

import (
	"strings"
	"testing"
	"time"

	"socketbook/sockets"
)

// trial is an answer to an exercise and what must be said about it.
type trial struct {
	name  string
	got   outcome
	state string
	says  string
}

func judge(t *testing.T, trials []trial) {
	t.Helper()
	for _, c := range trials {
		if c.got.state != c.state || !strings.Contains(c.got.text, c.says) {
			t.Errorf("%s: %s. %s\n\twant %s, and the words %q", c.name, c.got.state, c.got.text, c.state, c.says)
		}
	}
}

func TestClaimPort(t *testing.T) {
	socket := func(p *sockets.Process) int {
		fd, err := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	reference := func(p *sockets.Process) error {
		fd, err := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		if err := p.Bind(fd, sockets.Any(8080)); err != nil {
			return err
		}
		return p.Listen(fd, 5)
	}
	judge(t, []trial{
		{"reference", claimPort(reference), solved, "10.0.0.1:8080"},
		{"one address", claimPort(func(p *sockets.Process) error {
			_, err := p.ListenOn(p.Host().Addr(8080), 0)
			return err
		}), solved, ""},
		{"nil", claimPort(nil), open, "three calls"},
		{"as it comes", claimPort(func(*sockets.Process) error { return Todo }), open, "check.Todo"},
		{"half written", claimPort(func(p *sockets.Process) error { socket(p); return Todo }), open, "still returns"},
		{"nothing", claimPort(func(*sockets.Process) error { return nil }), wrong, "no socket"},
		{"only a socket", claimPort(func(p *sockets.Process) error { socket(p); return nil }), wrong, "no port"},
		{"no listen", claimPort(func(p *sockets.Process) error { return p.Bind(socket(p), sockets.Any(8080)) }), wrong, "ECONNREFUSED"},
		{"wrong port, no listen", claimPort(func(p *sockets.Process) error { return p.Bind(socket(p), sockets.Any(80)) }), wrong, "wants 8080"},
		{"wrong port", claimPort(func(p *sockets.Process) error {
			_, err := p.ListenOn(sockets.Any(80), 5)
			return err
		}), wrong, "on port 80, the clients come to 8080"},
		{"no bind", claimPort(func(p *sockets.Process) error { return p.Listen(socket(p), 5) }), wrong, "Without a bind"},
		{"foreign address", claimPort(func(p *sockets.Process) error {
			return p.Bind(socket(p), sockets.Addr("10.9.9.9:8080"))
		}), wrong, "EADDRNOTAVAIL"},
		{"socket closed again", claimPort(func(p *sockets.Process) error { return p.Close(socket(p)) }), wrong, "no socket"},
		{"listener closed, another open", claimPort(func(p *sockets.Process) error {
			fd := socket(p)
			socket(p)
			return p.Close(fd)
		}), wrong, "not a socket"},
		{"another kind", claimPort(func(p *sockets.Process) error {
			fd, err := p.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			if err != nil {
				return err
			}
			return p.Bind(fd, sockets.Any(8080))
		}), wrong, "SOCK_STREAM"},
		{"a kind that does not exist", claimPort(func(p *sockets.Process) error {
			_, err := p.Socket(sockets.AF_INET, 9, 0)
			return err
		}), wrong, "gave up with an error"},
		{"calls in the wrong order", claimPort(func(p *sockets.Process) error {
			fd := socket(p)
			p.Listen(fd, 5)
			return p.Bind(fd, sockets.Any(8080))
		}), wrong, "EINVAL"},
	})
}

func TestBacklog(t *testing.T) {
	judge(t, []trial{
		{"reference", backlog(199), solved, "with 198 one of them would wait"},
		{"as it comes", backlog(0), open, "number"},
		{"the number of clients", backlog(200), wrong, "smaller"},
		{"one short", backlog(198), wrong, "199 of 200 are connected and 1 wait"},
		{"five", backlog(5), wrong, "6 of 200"},
		{"beyond somaxconn", backlog(100_000), wrong, "smaller"},
		{"negative", backlog(-1), wrong, "highest it allows"},
	})
}

func TestNumbers(t *testing.T) {
	judge(t, []trial{
		{"reference", numbers(5, 7), solved, "lowest"},
		{"as it comes", numbers(0, 0), open, "two numbers"},
		{"counting on", numbers(7, 8), wrong, "counting on"},
		{"taken at birth", numbers(0, 1), wrong, "birth"},
		{"the same twice", numbers(5, 5), wrong, "same number"},
		{"a number in use", numbers(5, 6), wrong, "first is right"},
		{"the wrong one", numbers(4, 5), wrong, "not"},
	})
}

func TestReadAll(t *testing.T) {
	type answer = func(p *sockets.Process, fd int) ([]byte, error)
	reference := func(p *sockets.Process, fd int) (all []byte, err error) {
		buf := make([]byte, 512)
		for {
			n, err := p.Read(fd, buf)
			if n == 0 || err != nil {
				return all, err
			}
			all = append(all, buf[:n]...)
		}
	}
	once := func(p *sockets.Process, fd int) ([]byte, error) {
		buf := make([]byte, 10_000)
		n, err := p.Read(fd, buf)
		return buf[:n], err
	}
	wholeBuffer := func(p *sockets.Process, fd int) (all []byte, err error) {
		buf := make([]byte, 512)
		for n := 1; n > 0 && err == nil; {
			if n, err = p.Read(fd, buf); n > 0 {
				all = append(all, buf...)
			}
		}
		return all, err
	}
	padded := func(p *sockets.Process, fd int) ([]byte, error) {
		all, err := reference(p, fd)
		return append(all, 0, 0), err
	}
	judge(t, []trial{
		{"reference", readAll(reference), solved, "5,000"},
		{"nil", readAll(nil), open, ""},
		{"as it comes", readAll(func(*sockets.Process, int) ([]byte, error) { return nil, Todo }), open, "check.Todo"},
		{"one read", readAll(once), wrong, "first 1,000 of 5,000"},
		{"the lesson's length", readAll(func(p *sockets.Process, fd int) (all []byte, err error) {
			for buf := make([]byte, 1000); len(all) < 5000 && err == nil; {
				var n int
				if n, err = p.Read(fd, buf); n > 0 {
					all = append(all, buf[:n]...)
				}
				if n == 0 {
					return all, err
				}
			}
			return all, err
		}), wrong, "in pieces of"},
		{"the whole buffer", readAll(wholeBuffer), wrong, "first n bytes"},
		{"too much", readAll(padded), wrong, "2 more"},
		{"nothing", readAll(answer(func(*sockets.Process, int) ([]byte, error) { return nil, nil })), wrong, "returned nothing"},
		{"another descriptor", readAll(func(p *sockets.Process, fd int) ([]byte, error) { return once(p, fd+1) }), wrong, "EBADF"},
	})
}

func TestCopied(t *testing.T) {
	judge(t, []trial{
		{"reference", copied(1_000), solved, "15,000"},
		{"as it comes", copied(0), open, "number"},
		{"what came", copied(16_000), wrong, "card"},
		{"with a copy into the queue", copied(17_000), wrong, "as they are"},
		{"with headers", copied(16_932), wrong, "headers"},
		{"something else", copied(5), wrong, "station"},
	})
}

func TestHangUp(t *testing.T) {
	judge(t, []trial{
		{"reference", hangUp(func(p *sockets.Process, fd int) error {
			if _, err := p.Read(fd, make([]byte, 100)); err != nil {
				return err
			}
			return p.Close(fd)
		}), solved, "0 bytes and no error"},
		{"nil", hangUp(nil), open, ""},
		{"as it comes", hangUp(func(*sockets.Process, int) error { return Todo }), open, "check.Todo"},
		{"close at once", hangUp(func(p *sockets.Process, fd int) error { return p.Close(fd) }), wrong, "ECONNRESET"},
		{"a buffer too small", hangUp(func(p *sockets.Process, fd int) error {
			p.Read(fd, make([]byte, 4))
			return p.Close(fd)
		}), wrong, "unread"},
		{"not closed", hangUp(func(p *sockets.Process, fd int) error {
			_, err := p.Read(fd, make([]byte, 100))
			return err
		}), wrong, "still waits"},
		{"waits for the end", hangUp(func(p *sockets.Process, fd int) error {
			for {
				if n, err := p.Read(fd, make([]byte, 100)); n == 0 || err != nil {
					return err
				}
			}
		}), wrong, "waits for you"},
		{"another descriptor", hangUp(func(p *sockets.Process, fd int) error { return p.Close(fd + 1) }), wrong, "EBADF"},
	})
}

func TestSmallRing(t *testing.T) {
	judge(t, []trial{
		{"reference", smallRing(sockets.Limits{RxRing: 16, RxFrames: 8}), solved, "25 interrupts"},
		{"by time", smallRing(sockets.Limits{RxRing: 16, RxUsecs: time.Microsecond}), solved, ""},
		{"as it comes", smallRing(sockets.Limits{RxRing: 16}), open, "in time"},
		{"emptied", smallRing(sockets.Limits{}), open, ""},
		{"a new card", smallRing(sockets.Limits{RxRing: 1024}), wrong, "old"},
		{"a bigger budget", smallRing(sockets.Limits{RxRing: 16, RxBudget: 300}), wrong, "rx_missed_errors"},
		{"no moderation", smallRing(sockets.Limits{RxRing: 16, RxUsecs: -1}), wrong, "200 interrupts"},
		{"no such", smallRing(sockets.Limits{RxRing: 16, RxFrames: -8}), wrong, "RxFrames"},
	})
}

func TestNofile(t *testing.T) {
	judge(t, []trial{
		{"reference", nofile(10_004), solved, "10,004"},
		{"as it comes", nofile(0), open, "number"},
		{"the clients", nofile(10_000), wrong, "4 short"},
		{"with the listener", nofile(10_001), wrong, "3 short"},
		{"one too many", nofile(10_005), wrong, "smaller"},
		{"far too many", nofile(1 << 20), wrong, "smaller"},
		{"negative", nofile(-1), wrong, "1,048,576"},
		{"more than any kernel allows", nofile(1 << 40), wrong, "1,048,576"},
	})
}

func TestNoLeak(t *testing.T) {
	type answer = func(p *sockets.Process, fd int) error
	reply := func(p *sockets.Process, fd int) error {
		n, err := p.Read(fd, make([]byte, 100))
		if n > 0 {
			_, err = p.Write(fd, []byte("ok"))
		}
		return err
	}
	judge(t, []trial{
		{"reference", noLeak(func(p *sockets.Process, fd int) error {
			defer p.Close(fd)
			return reply(p, fd)
		}), solved, "100 clients"},
		{"nil", noLeak(nil), open, "every path"},
		{"as it comes", noLeak(func(*sockets.Process, int) error { return Todo }), open, "check.Todo"},
		{"never closes", noLeak(reply), wrong, "still open"},
		{"the lesson's own", noLeak(func(p *sockets.Process, fd int) error {
			n, err := p.Read(fd, make([]byte, 100))
			if n == 0 || err != nil {
				return err
			}
			p.Write(fd, []byte("ok"))
			return p.Close(fd)
		}), wrong, "says nothing"},
		{"forgets the reset", noLeak(func(p *sockets.Process, fd int) error {
			n, err := p.Read(fd, make([]byte, 100))
			if err != nil {
				return err
			}
			if n > 0 {
				p.Write(fd, []byte("ok"))
			}
			return p.Close(fd)
		}), wrong, "reset"},
		{"answers nobody", noLeak(func(p *sockets.Process, fd int) error { return p.Close(fd) }), wrong, "no answer"},
		{"the door too", noLeak(func(p *sockets.Process, fd int) error {
			reply(p, fd)
			p.Close(fd - 1)
			return p.Close(fd)
		}), wrong, "listener"},
		{"waits for a second word", noLeak(answer(func(p *sockets.Process, fd int) error {
			defer p.Close(fd)
			reply(p, fd)
			_, err := p.Read(fd, make([]byte, 100))
			return err
		})), wrong, "neither ever moves"},
	})
}

func TestCalm(t *testing.T) {
	type answer = func(p *sockets.Process, door, served int) error
	with := func(onError func(p *sockets.Process, err error) error) answer {
		return func(p *sockets.Process, door, served int) error {
			for n := 0; n < served; {
				if _, _, err := p.Accept4(door, 0); err == nil {
					n++
				} else if err := onError(p, err); err != nil {
					return err
				}
			}
			return nil
		}
	}
	judge(t, []trial{
		{"reference", calm(with(func(p *sockets.Process, err error) error {
			p.Sleep(time.Millisecond)
			return nil
		})), solved, "12 clients"},
		{"nil", calm(nil), open, "wait"},
		{"as it comes", calm(func(*sockets.Process, int, int) error { return Todo }), open, "check.Todo"},
		{"spins", calm(with(func(*sockets.Process, error) error { return nil })), wrong, "spins"},
		{"gives up", calm(with(func(_ *sockets.Process, err error) error { return err })), wrong, "gave up after 3 clients"},
		{"sleeps too long", calm(with(func(p *sockets.Process, err error) error {
			p.Sleep(time.Minute)
			return nil
		})), wrong, "3 of 12"},
		{"one too few", calm(func(p *sockets.Process, door, served int) error {
			return with(func(p *sockets.Process, err error) error { p.Sleep(time.Millisecond); return nil })(p, door, served-1)
		}), wrong, "11 clients"},
	})
}

func TestClientAddrs(t *testing.T) {
	judge(t, []trial{
		{"reference", clientAddrs(3), solved, "60,000"},
		{"as it comes", clientAddrs(0), open, "number"},
		{"one for all", clientAddrs(1), wrong, "One address held 28,232"},
		{"rounded down", clientAddrs(2), wrong, "3,536 got EADDRNOTAVAIL"},
		{"one too many", clientAddrs(4), wrong, "fewer"},
		{"nonsense", clientAddrs(-3), wrong, "between"},
	})
}

func TestMachine(t *testing.T) {
	const ram = 256 << 20
	judge(t, []trial{
		{"reference", machine(sockets.Limits{RAM: ram, NofileSoft: 50_004, FileMax: 50_004}), solved, "50,000"},
		{"generous", machine(sockets.Limits{RAM: ram, NofileSoft: 1 << 20, FileMax: 1 << 20}), solved, ""},
		{"as it comes", machine(sockets.Limits{RAM: ram}), open, "fields"},
		{"emptied", machine(sockets.Limits{}), open, "fields"},
		{"more memory", machine(sockets.Limits{RAM: 1 << 30, NofileSoft: 50_004}), wrong, "256 MiB"},
		{"the first wall alone", machine(sockets.Limits{RAM: ram, NofileSoft: 50_004}), wrong, "fs.file-max"},
		{"the second alone", machine(sockets.Limits{RAM: ram, FileMax: 50_004}), wrong, "1,020 connections: RLIMIT_NOFILE soft"},
		{"hard alone", machine(sockets.Limits{RAM: ram, NofileHard: 50_004}), wrong, "RLIMIT_NOFILE soft"},
		{"forgot the four", machine(sockets.Limits{RAM: ram, NofileSoft: 50_000, FileMax: 60_000}), wrong, "49,996"},
		{"a rx ring of one", machine(sockets.Limits{RAM: ram, NofileSoft: 60_000, FileMax: 60_000, RxRing: 1}), wrong, "another of its fields"},
		{"no limit at all", machine(sockets.Limits{RAM: ram, NofileSoft: 1 << 40}), wrong, "allowed"},
		{"soft above hard", machine(sockets.Limits{RAM: ram, NofileSoft: 50_004, NofileHard: 4096}), wrong, "NofileSoft"},
	})
}

// An answer that never ends must not hang the notebook.
func TestEndlessAnswers(t *testing.T) {
	old := patience
	t.Cleanup(func() { patience = old })
	patience = 20 * time.Millisecond
	judge(t, []trial{
		{"ClaimPort", claimPort(func(*sockets.Process) error { select {} }), wrong, "end"},
		{"ReadAll", readAll(func(*sockets.Process, int) ([]byte, error) { select {} }), wrong, "returns 0 bytes"},
		{"HangUp", hangUp(func(*sockets.Process, int) error { select {} }), wrong, "end"},
	})
}

// What a notebook shows before anything is solved.
func Example() {
	Backlog(0)
	Numbers(5, 6)
	Nofile(10_004)
	// Output:
	// Exercise 1: not solved yet. Put a number in place of 0.
	// Exercise 3: not quite. The first is right. But 6 is not the lowest number that is then free.
	// Exercise 1: solved. 10,000 clients, the listener, and 0 to 2: 10,004.
}
