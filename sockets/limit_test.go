package sockets

import (
	"testing"
)

// EMFILE comes exactly at the soft limit: with 0, 1 and 2 open at birth, a
// limit of 10 leaves seven.
func TestDescriptorLimit(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 10}, LAN)
	for want := 3; want < 10; want++ {
		if fd := st.socket(st.c); fd != want {
			t.Errorf("descriptors come lowest first: want %d, got %d", want, fd)
		}
	}
	fd, err := st.c.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, EMFILE, "the eighth socket")
	if fd != -1 || st.c.Open() != 10 {
		t.Errorf("a refused socket is no descriptor: got %d, %d are open", fd, st.c.Open())
	}
	_, err = st.c.Socket(99, SOCK_STREAM, 0)
	st.errno(err, EAFNOSUPPORT, "socket at the limit with a bad family: the arguments are checked first")
	st.ok(st.c.Close(5), "close")
	if fd := st.socket(st.c); fd != 5 {
		t.Errorf("the lowest free number is the one just closed: want 5, got %d", fd)
	}
	st.ok(st.c.Close(0), "close of 0")
	if fd := st.socket(st.c); fd != 0 {
		t.Errorf("0 is a number like any other: want 0, got %d", fd)
	}
	st.audit()
	st.clean()
}

// 1,000 clients under a limit of 1,004: descriptors 4 to 1003, 1,001 with the
// listener, 1,004 with 0 to 2. The next accept4 is EMFILE.
func TestThousandClients(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 1004}, LAN)
	l := st.listen(80, 2000)
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 1001})
	st.settle()
	for i := range 1000 {
		if fd := st.accept(l); fd != 4+i {
			t.Fatalf("client %d must get descriptor %d, got %d", i+1, 4+i, fd)
		}
	}
	_, _, err := st.s.Accept4(l, 0)
	st.errno(err, EMFILE, "accept4 of client 1,001")
	if st.s.Open() != 1004 {
		t.Errorf("1,004 descriptors must be open, %d are", st.s.Open())
	}
	st.audit()
}

// At the limit the connection stays in the queue, and is delivered when there
// is room: the limit raised, or a descriptor closed. accept4 looks at the
// limit before the queue.
func TestAcceptAtTheLimit(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 5, NofileHard: 8}, LAN)
	l := st.listen(80, 5)
	a := st.connect(80)
	b := st.connect(80)
	first := st.accept(l)
	for range 3 { // a level-triggered loop would spin here
		_, _, err := st.s.Accept4(l, 0)
		st.errno(err, EMFILE, "accept4 at the limit")
	}
	if q := st.server.Sockets().In(Listen)[0].RecvQ; q != 1 {
		t.Errorf("the connection must still wait: Recv-Q is %d", q)
	}
	st.write(st.c, b, "early")
	st.settle()
	st.ok(st.s.Setrlimit(6, 8), "setrlimit")
	second := st.accept(l)
	st.read(st.s, second, "early", "what was written before accept4")
	_, _, err := st.s.Accept4(l, 0)
	st.errno(err, EMFILE, "accept4 at the limit, with nothing in the queue: the limit comes first")
	st.ok(st.s.Close(first), "close")
	_, _, err = st.s.Accept4(l, 0)
	st.errno(err, EAGAIN, "accept4 with a free descriptor and nothing in the queue")
	_, _, err = st.s.Accept4(0, 0)
	st.errno(err, ENOTSOCK, "accept4 of /dev/null below the limit")
	st.ok(st.s.Setrlimit(3, 8), "setrlimit")
	_, _, err = st.s.Accept4(0, 0)
	st.errno(err, EMFILE, "accept4 of /dev/null at the limit: the number is sought before the socket")
	st.audit()
	_ = a
	st.clean()
}

// A limit lowered below what is open closes nothing; it only refuses more.
func TestLimitBelowOpenDescriptors(t *testing.T) {
	st := lanStory(t)
	l, c, s := st.pair(80)
	st.ok(st.s.Setrlimit(2, 4096), "setrlimit")
	st.write(st.c, c, "still here")
	st.settle()
	st.read(st.s, s, "still here", "an open descriptor beyond the limit works")
	_, err := st.s.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, EMFILE, "socket beyond the limit")
	st.ok(st.s.Close(0), "close")
	if fd := st.socket(st.s); fd != 0 {
		t.Errorf("a number below the limit can be had: want 0, got %d", fd)
	}
	_, err = st.s.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, EMFILE, "socket beyond the limit")
	st.ok(st.s.Setrlimit(0, 4096), "a limit of 0")
	st.ok(st.s.Close(l), "close")
	st.clean()
}

// setrlimit checks soft against hard, hard against fs.nr_open, then hard
// against the old hard (kernel/sys.c do_prlimit).
func TestSetrlimit(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 100, NofileHard: 200, NrOpen: 1000}, LAN)
	if soft, hard, err := st.s.Getrlimit(); soft != 100 || hard != 200 || err != nil {
		t.Errorf("a process is born with the host's limits: %d, %d, %v", soft, hard, err)
	}
	for _, c := range []struct {
		soft, hard int
		want       Errno
	}{
		{201, 200, EINVAL},
		{1, 0, EINVAL},
		{-1, 200, EINVAL}, // RLIM_INFINITY is more than 200
		{-1, -1, EPERM},   // infinity is more than fs.nr_open
		{1001, 1001, EPERM},
		{100, 201, EPERM}, // uid 0 is not CAP_SYS_RESOURCE
		{200, 200, 0},
		{0, 0, 0},
		{0, 1, EPERM}, // the hard limit only goes down
	} {
		err := st.s.Setrlimit(c.soft, c.hard)
		if c.want == 0 {
			st.ok(err, "setrlimit")
			if soft, hard, _ := st.s.Getrlimit(); soft != c.soft || hard != c.hard {
				t.Errorf("setrlimit(%d, %d) must be what getrlimit returns, it returns %d, %d", c.soft, c.hard, soft, hard)
			}
			continue
		}
		st.errno(err, c.want, "setrlimit("+itoa(c.soft)+", "+itoa(c.hard)+")")
	}
	st.clean()
}

// fs.file-max counts the open files of all processes of a host: beyond it
// socket and accept4 are ENFILE, and another host does not mind.
func TestFileMax(t *testing.T) {
	st := newStory(t, Limits{FileMax: 12}, LAN)
	other := st.server.NewProcess("other") // three files more: six
	l := st.listen(80, 5)
	st.connect(80)
	st.connect(80)
	for range 4 {
		st.socket(other)
	}
	st.accept(l)
	_, _, err := st.s.Accept4(l, 0)
	st.errno(err, ENFILE, "accept4 with 12 files open on the host")
	_, err = other.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, ENFILE, "socket of another process of the host")
	st.ok(other.Setrlimit(7, 4096), "setrlimit")
	_, err = other.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, EMFILE, "with both limits reached, the process's own comes first")
	st.socket(st.c) // on the client
	st.audit()
	other.Exit()
	st.accept(l)
	st.audit()
	st.clean()
}
