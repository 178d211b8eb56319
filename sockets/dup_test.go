package sockets

import (
	"fmt"
	"testing"
)

// numbers says which descriptors are open.
func (st *story) numbers(p *Process, want string) {
	st.Helper()
	got := ""
	for _, r := range p.Descriptors().Rows {
		got += fmt.Sprintf(" %d", r.FD)
	}
	if got = got[1:]; got != want {
		st.Errorf("open must be %s, open are %s", want, got)
	}
}

// dup gives out the lowest free number, dup2 the one asked for, and F_DUPFD the
// lowest from one on. Every way the table's size is the limit.
func TestDupNumbers(t *testing.T) {
	st := lanStory(t)
	a := st.socket(st.s)
	b, err := st.s.Dup(a)
	st.ok(err, "dup")
	c, err := st.s.Dup2(a, 100)
	st.ok(err, "dup2")
	d, err := st.s.Fcntl(a, F_DUPFD, 100)
	st.ok(err, "F_DUPFD")
	e, err := st.s.Fcntl(a, F_DUPFD, 1)
	st.ok(err, "F_DUPFD")
	if got := [5]int{a, b, c, d, e}; got != [5]int{3, 4, 100, 101, 5} {
		t.Errorf("want descriptors 3 4 100 101 5, got %v", got)
	}
	st.ok(st.s.Close(3), "close")
	if n, err := st.s.Dup(b); n != 3 || err != nil {
		t.Errorf("the lowest free number is 3, dup gave %d, %v", n, err)
	}
	if n, err := st.s.Dup2(b, b); n != b || err != nil {
		t.Errorf("dup2 onto itself does nothing and returns %d, it returned %d, %v", b, n, err)
	}
	st.numbers(st.s, "0 1 2 3 4 5 100 101")
	for _, fd := range []int{3, 4, 5, 100} {
		st.ok(st.s.Close(fd), "close of one of many")
	}
	if got := st.s.state(101); got != Closed {
		t.Errorf("the socket lives while one descriptor is left, it is %v", got)
	}
	st.audit()
}

// Which error comes first: fs/file.c ksys_dup3, f_dupfd.
func TestDupErrors(t *testing.T) {
	st := lanStory(t)
	a := st.socket(st.s)
	st.ok(st.s.Setrlimit(5, 4096), "setrlimit")
	for _, c := range []struct {
		what string
		call func() (int, error)
		want Errno
	}{
		{"dup of nothing", func() (int, error) { return st.s.Dup(9) }, EBADF},
		{"dup of -1", func() (int, error) { return st.s.Dup(-1) }, EBADF},
		{"dup2 of nothing onto itself", func() (int, error) { return st.s.Dup2(9, 9) }, EBADF},
		{"dup2 beyond the limit", func() (int, error) { return st.s.Dup2(a, 5) }, EBADF},
		{"dup2 to a negative number", func() (int, error) { return st.s.Dup2(a, -1) }, EBADF},
		{"dup3 onto itself", func() (int, error) { return st.s.Dup3(a, a, 0) }, EINVAL},
		{"dup3 of nothing onto itself", func() (int, error) { return st.s.Dup3(9, 9, 0) }, EINVAL},
		{"dup3 with another flag", func() (int, error) { return st.s.Dup3(9, 4, O_NONBLOCK) }, EINVAL},
		{"dup3 of nothing", func() (int, error) { return st.s.Dup3(9, 4, O_CLOEXEC) }, EBADF},
		{"F_DUPFD of nothing", func() (int, error) { return st.s.Fcntl(9, F_DUPFD, 99) }, EBADF},
		{"F_DUPFD from the limit on", func() (int, error) { return st.s.Fcntl(a, F_DUPFD, 5) }, EINVAL},
		{"F_DUPFD from a negative number on", func() (int, error) { return st.s.Fcntl(a, F_DUPFD, -1) }, EINVAL},
		{"a command that is none", func() (int, error) { return st.s.Fcntl(a, 99, 0) }, EINVAL},
		{"a lock, of which there is no struct", func() (int, error) { return st.s.Fcntl(a, F_SETLK, 0) }, EFAULT},
	} {
		n, err := c.call()
		st.errno(err, c.want, c.what)
		if n != -1 {
			t.Errorf("%s fails with -1, returned %d", c.what, n)
		}
	}
	_, err := st.s.Dup(a)
	st.ok(err, "dup to number 4")
	_, err = st.s.Dup(a)
	st.errno(err, EMFILE, "five numbers are taken")
	_, err = st.s.Fcntl(a, F_DUPFD, 4)
	st.errno(err, EMFILE, "none is left from 4 on")
	st.audit()
}

// dup2 closes what the number was; FD_CLOEXEC is the descriptor's own,
// O_NONBLOCK the file's.
func TestDupSharesTheFile(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	r, w := st.pipe(0)
	if _, err := st.s.Dup3(r, s, O_CLOEXEC); err != nil {
		t.Fatalf("dup3 onto a connection must succeed: %v", err)
	}
	st.settle()
	st.eof(st.c, c, "dup3 has closed the connection")
	flags := func(fd, cmd, want int, why string) {
		t.Helper()
		if n, err := st.s.Fcntl(fd, cmd, 0); n != want || err != nil {
			t.Errorf("%s: want %#x, got %#x, %v", why, want, n, err)
		}
	}
	flags(s, F_GETFD, FD_CLOEXEC, "dup3 with O_CLOEXEC")
	flags(r, F_GETFD, 0, "the other descriptor")
	_, err := st.s.Fcntl(r, F_SETFL, O_NONBLOCK|O_APPEND|O_WRONLY|O_CLOEXEC)
	st.ok(err, "F_SETFL")
	flags(s, F_GETFL, O_RDONLY|O_NONBLOCK|O_APPEND, "one file, one set of flags; the access mode stays")
	flags(w, F_GETFL, O_WRONLY, "the pipe's other end is another file")
	_, err = st.s.Fcntl(s, F_SETFD, 0)
	st.ok(err, "F_SETFD")
	flags(s, F_GETFD, 0, "FD_CLOEXEC was taken off")
	st.readErrno(st.s, s, EAGAIN, "the file does not block any more")
	flags(0, F_GETFL, O_RDWR|0o100000, "/dev/null was opened by open(2), which says O_LARGEFILE")
	_, err = st.s.Fcntl(0, F_SETFL, O_ASYNC)
	st.ok(err, "O_ASYNC of /dev/null is ignored")
	flags(0, F_GETFL, O_RDWR|0o100000, "it has nothing to signal")
	sock := st.socket(st.s)
	_, err = st.s.Fcntl(sock, F_SETFL, O_DIRECT)
	st.errno(err, EINVAL, "a socket has no direct I/O")
	_, err = st.s.Fcntl(sock, F_SETFL, O_ASYNC|O_NOATIME)
	st.ok(err, "F_SETFL")
	flags(sock, F_GETFL, O_RDWR|O_ASYNC|O_NOATIME, "what F_SETFL has set")
	st.audit()
}

// F_SETOWN takes who exists; O_NOATIME only the file's owner or root.
func TestFcntlOwners(t *testing.T) {
	st := lanStory(t)
	fd := st.socket(st.s)
	other := st.server.NewProcess("other")
	_, err := st.s.Fcntl(fd, F_SETOWN, other.PID())
	st.ok(err, "F_SETOWN of a process that is there")
	if n, err := st.s.Fcntl(fd, F_GETOWN, 0); n != other.PID() || err != nil {
		t.Errorf("F_GETOWN: want %d, got %d, %v", other.PID(), n, err)
	}
	_, err = st.s.Fcntl(fd, F_SETOWN, 1<<22)
	st.errno(err, ESRCH, "F_SETOWN of a process that is not")
	_, err = st.s.Fcntl(fd, F_SETSIG, 65)
	st.errno(err, EINVAL, "there are 64 signals")
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	st.ok(child.Setuid(1000), "setuid")
	_, err = child.Fcntl(fd, F_SETFL, O_NOATIME)
	st.errno(err, EPERM, "the socket is root's")
	own := st.socket(child)
	_, err = child.Fcntl(own, F_SETFL, O_NOATIME)
	st.ok(err, "O_NOATIME of one's own")
	st.ok(st.s.Close(fd), "close")
	st.ok(child.Close(fd), "close")
	if len(st.server.owners) != 0 {
		t.Errorf("the owner goes with the file: %v is left", st.server.owners)
	}
	st.audit()
}

// A socket counts its descriptors in 16 bits; the few with more count on
// beside it, and it ends with the last all the same.
func TestVeryManyDescriptorsOfOneSocket(t *testing.T) {
	const n = 70_000
	st := newStory(t, Limits{NofileSoft: 100_000, NofileHard: 100_000}, LAN)
	fd := st.listen(80, 5)
	for range n {
		if _, err := st.s.Dup(fd); err != nil {
			t.Fatalf("dup must succeed: %v", err)
		}
	}
	st.audit()
	for k := range n {
		if err := st.s.Close(fd + k); err != nil {
			t.Fatalf("close must succeed: %v", err)
		}
	}
	if st.s.state(fd+n) != Listen {
		t.Errorf("with one descriptor left the listener listens, it is in %v", st.s.state(fd+n))
	}
	st.ok(st.s.Close(fd+n), "close of the last")
	if live := st.server.socks.live; live != 0 {
		t.Errorf("with the last descriptor the socket goes, %d are left", live)
	}
	st.audit()
}

// The lowest free number is found in a table with holes of every kind.
func TestLowestNumberInATableWithHoles(t *testing.T) {
	var table fdTable
	taken := map[int]bool{}
	random := NewNetwork(Seed(5)).sim.Stream(1)
	for step := range 20_000 {
		fd := random.IntN(9000)
		switch {
		case step < 9000: // fill it up, then make holes
			if fd = table.lowest(0); step%3 == 0 {
				fd = table.lowest(random.IntN(9000))
			}
			table.put(fd, kindNull)
			taken[fd] = true
		case taken[fd]:
			table.take(fd)
			delete(taken, fd)
		}
		from := random.IntN(9500)
		want := from
		for taken[want] {
			want++
		}
		if got := table.lowest(from); got != want {
			t.Fatalf("step %d: the lowest free number from %d on is %d, got %d", step, from, want, got)
		}
	}
}
