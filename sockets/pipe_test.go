package sockets

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// pipe is a new pipe of the server's process.
func (st *story) pipe(flags int) (r, w int) {
	st.Helper()
	r, w, err := st.s.Pipe2(flags)
	st.ok(err, "pipe2")
	return r, w
}

// wrote says how many bytes a write must take.
func (st *story) wrote(fd, n, want int, why string) {
	st.Helper()
	if got, err := st.s.Write(fd, make([]byte, n)); got != want || err != nil {
		st.Errorf("%s: a write of %d bytes must take %d, took %d: %v", why, n, want, got, err)
	}
}

// ready says what poll must find, with every event asked for.
func (st *story) ready(p *Process, fd int, want int, why string) {
	st.Helper()
	f := []PollFD{{FD: fd, Events: 0x7fff}}
	if _, err := p.Poll(f, 1, 0); err != nil || f[0].Revents != want {
		st.Errorf("%s: poll must find %s, found %s, %v", why, pollNames(want), pollNames(f[0].Revents), err)
	}
}

// A pipe holds 16 pages, not 65,536 bytes: a write that does not fit behind the
// bytes of the last page takes a page of its own (fs/pipe.c).
func TestPipeHoldsPagesNotBytes(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)
	for range 16 {
		st.wrote(w, 2049, 2049, "two of these do not fit into one page")
	}
	_, err := st.s.Write(w, make([]byte, 2049))
	st.errno(err, EAGAIN, "16 pages are taken, by 32,784 bytes")
	st.ready(st.s, w, 0, "a full pipe is not writable")
	st.wrote(w, 2047, 2047, "but what fits behind the last page's bytes still goes in")
	_, err = st.s.Write(w, []byte("x"))
	st.errno(err, EAGAIN, "now the last page is full as well")
	st.read2(r, 1)
	st.ready(st.s, w, 0, "a byte read from the first page frees no page")
	st.read2(r, 2048)
	st.ready(st.s, w, POLLOUT|POLLWRNORM, "the first page is read to its end")
	st.wrote(w, 4096, 4096, "a page is free, and PIPE_BUF bytes go in whole")
	st.audit()
}

// read2 reads n bytes that must be there.
func (st *story) read2(fd, n int) {
	st.Helper()
	if got, err := st.s.Read(fd, make([]byte, n)); got != n || err != nil {
		st.Errorf("a read of %d bytes must find them, found %d: %v", n, got, err)
	}
}

// Up to PIPE_BUF bytes are written at once or not at all; more are written as
// far as there is room.
func TestPipeWritesWhole(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)
	st.wrote(w, 15*4096, 15*4096, "15 pages")
	st.wrote(w, 100, 100, "some of the last page")
	_, err := st.s.Write(w, make([]byte, 4000))
	st.errno(err, EAGAIN, "3,996 bytes of room are too few for 4,000 at once")
	st.read2(r, 4096)
	st.wrote(w, 8192, 4096, "of two pages one goes in")
	st.wrote(w, 0, 0, "a write of nothing succeeds on a full pipe")
	st.read2(r, 0)
	st.audit()
}

// What the ends of a pipe tell when the other end goes.
func TestPipeEnds(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)
	st.readErrno(st.s, r, EAGAIN, "an empty pipe with a writer")
	st.readErrno(st.s, w, EBADF, "a read of the writing end")
	_, err := st.s.Write(r, []byte("x"))
	st.errno(err, EBADF, "a write to the reading end")
	st.ready(st.s, r, 0, "empty")
	st.write(st.s, w, "last words")
	st.ready(st.s, r, POLLIN|POLLRDNORM, "bytes wait")
	st.ok(st.s.Close(w), "close of the writer")
	st.ready(st.s, r, POLLIN|POLLRDNORM|POLLHUP, "bytes wait, and no writer is left")
	st.read(st.s, r, "last words", "what was written before the close")
	st.eof(st.s, r, "and then the end")
	st.ready(st.s, r, POLLHUP, "no writer, no bytes")
	st.ok(st.s.Close(r), "close of the reader")

	r, w = st.pipe(O_NONBLOCK)
	st.ok(st.s.Close(r), "close of the reader")
	st.ready(st.s, w, POLLOUT|POLLWRNORM|POLLERR, "nobody will read")
	_, err = st.s.Write(w, []byte("x"))
	st.errno(err, EPIPE, "a write that nobody will read")
	st.wrote(w, 0, 0, "a write of nothing succeeds even so")
	st.audit()
}

// An end is open as long as one descriptor of it is, in whatever process.
func TestPipeEndOverForkAndDup(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)
	again, err := st.s.Dup(w)
	st.ok(err, "dup")
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	for _, c := range []struct {
		p  *Process
		fd int
	}{{st.s, w}, {st.s, again}, {child, w}} {
		st.ok(c.p.Close(c.fd), "close")
		st.readErrno(st.s, r, EAGAIN, "a writer is left")
	}
	child.Exit()
	st.eof(st.s, r, "the child's exit has closed the last writer")
	st.audit()
}

// A blocking writer sleeps until every byte is in; its reader is woken, and
// wakes it in turn.
func TestPipeWriterAndReaderSleep(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(0)
	want := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	n, wrote := 0, error(nil)
	st.s.Go(func() { n, wrote = st.s.Write(w, want); st.s.Close(w) })
	var got []byte
	st.s.Go(func() {
		for buf := make([]byte, 5000); ; {
			k, err := st.s.Read(r, buf)
			if got = append(got, buf[:k]...); k == 0 || err != nil {
				return
			}
		}
	})
	st.settle()
	if n != len(want) || wrote != nil || !bytes.Equal(got, want) {
		t.Errorf("320,000 bytes through 65,536: write took %d (%v), %d read, equal: %v", n, wrote, len(got), bytes.Equal(got, want))
	}
	if sleepers := st.net.Sleepers(); len(sleepers) > 0 {
		t.Errorf("nobody may still sleep: %v", sleepers)
	}
	st.audit()
}

// Readers of one pipe are woken one at a time, in the order in which they fell
// asleep; one that leaves something wakes the next.
func TestPipeReadersTakeTurns(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(0)
	var order []string
	for _, name := range []string{"first", "second", "third"} {
		st.s.Go(func() {
			buf := make([]byte, 2)
			n, _ := st.s.Read(r, buf)
			order = append(order, name+" "+string(buf[:n]))
		})
		st.settle()
	}
	st.write(st.s, w, "abc")
	st.settle()
	if got := strings.Join(order, ", "); got != "first ab, second c" {
		t.Errorf("three bytes, two at a time: want first ab, second c, got %s", got)
	}
	st.ok(st.s.Close(w), "close of the writer")
	st.settle()
	if got := strings.Join(order, ", "); got != "first ab, second c, third " {
		t.Errorf("the end wakes who is left: got %s", got)
	}
	st.audit()
}

// With O_DIRECT each write is a packet: read by itself, and what a read leaves
// of it is lost.
func TestPipePackets(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK | O_DIRECT)
	st.write(st.s, w, "hello")
	st.write(st.s, w, "world")
	st.read(st.s, r, "hello", "one packet at a time")
	buf := make([]byte, 2)
	if n, err := st.s.Read(r, buf); n != 2 || err != nil || string(buf) != "wo" {
		t.Errorf("a short read of a packet: want wo, got %q, %v", buf[:n], err)
	}
	st.readErrno(st.s, r, EAGAIN, "the rest of the packet is gone")
	for range 16 {
		st.write(st.s, w, "x")
	}
	_, err := st.s.Write(w, []byte("x"))
	st.errno(err, EAGAIN, "packets do not share a page")
	if n, err := st.s.Fcntl(w, F_GETFL, 0); err != nil || n != O_WRONLY|O_NONBLOCK|O_DIRECT {
		t.Errorf("F_GETFL of the writer: want O_WRONLY|O_NONBLOCK|O_DIRECT, got %#x, %v", n, err)
	}
	st.audit()
}

// pipe2 looks at its flags, then for room for two files, then for two numbers.
func TestPipeErrors(t *testing.T) {
	st := lanStory(t)
	for _, c := range []struct {
		flags int
		want  Errno
	}{{O_APPEND, EINVAL}, {1, EINVAL}, {-1, EINVAL}, {O_EXCL, ENOPKG}} {
		_, _, err := st.s.Pipe2(c.flags)
		st.errno(err, c.want, fmt.Sprintf("pipe2(%#x)", c.flags))
	}
	st.ok(st.s.Setrlimit(4, 4096), "setrlimit")
	_, _, err := st.s.Pipe2(0)
	st.errno(err, EMFILE, "only number 3 is left")
	if st.s.Open() != 3 {
		t.Errorf("a pipe2 that fails opens nothing: %d descriptors are open", st.s.Open())
	}
	small := newStory(t, Limits{FileMax: 4}, LAN)
	_, _, err = small.s.Pipe2(0)
	small.errno(err, ENFILE, "three files are open, four may be")
	small.ok(small.s.Setrlimit(3, 4096), "setrlimit")
	_, _, err = small.s.Pipe2(0)
	small.errno(err, ENFILE, "the files come before the numbers")
	small.audit()
}

// F_SETPIPE_SZ rounds up to a power of two pages, and never below what lies in
// the pipe.
func TestPipeSize(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)
	for _, c := range []struct{ arg, want int }{{0, 4096}, {4097, 8192}, {20000, 32768}, {1 << 20, 1 << 20}} {
		if n, err := st.s.Fcntl(r, F_SETPIPE_SZ, c.arg); n != c.want || err != nil {
			t.Errorf("F_SETPIPE_SZ of %d: want %d, got %d, %v", c.arg, c.want, n, err)
		}
		if n, err := st.s.Fcntl(w, F_GETPIPE_SZ, 0); n != c.want || err != nil {
			t.Errorf("F_GETPIPE_SZ after F_SETPIPE_SZ of %d: want %d, got %d, %v", c.arg, c.want, n, err)
		}
	}
	_, err := st.s.Fcntl(r, F_SETPIPE_SZ, 1<<20+1)
	st.errno(err, EPERM, "beyond fs.pipe-max-size")
	_, err = st.s.Fcntl(r, F_SETPIPE_SZ, -1)
	st.errno(err, EINVAL, "beyond 2 GiB")
	st.wrote(w, 3*4096, 3*4096, "three pages")
	_, err = st.s.Fcntl(r, F_SETPIPE_SZ, 8192)
	st.errno(err, EBUSY, "two pages do not hold three")
	_, err = st.s.Fcntl(st.socket(st.s), F_GETPIPE_SZ, 0)
	st.errno(err, EBADF, "a socket is no pipe")
	st.audit()
}

// A user with 16,384 pages of pipes gets small ones from then on: two pages
// (fs.pipe-user-pages-soft).
func TestPipeOfAUserWithVeryMany(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 4096, NofileHard: 4096}, LAN)
	for range 1024 {
		st.pipe(0)
	}
	r, _ := st.pipe(O_NONBLOCK)
	if n, err := st.s.Fcntl(r, F_GETPIPE_SZ, 0); n != 8192 || err != nil {
		t.Errorf("pipe 1,025 has two pages: want 8192, got %d, %v", n, err)
	}
	_, err := st.s.Fcntl(r, F_SETPIPE_SZ, 16384)
	st.errno(err, EPERM, "and may not grow")
	st.s.Exit()
	st.audit()
}

// A pipe read that nothing can wake says so.
func TestPipeStuck(t *testing.T) {
	st := lanStory(t)
	r, _ := st.pipe(0)
	_, err := st.s.Read(r, make([]byte, 1))
	var stuck *StuckError
	if !errors.As(err, &stuck) || !strings.Contains(stuck.Error(), "read(3)") {
		t.Errorf("the writer is in the same hands, so nobody can write: want a StuckError of read(3), got %v", err)
	}
	st.audit()
}

// The kernel's settings about pipes and epolls can be changed.
func TestFileSysctls(t *testing.T) {
	st := lanStory(t)
	set := func(key, value, want string) {
		t.Helper()
		err := st.server.SetSysctl(key, value)
		if got, _ := st.server.Sysctl(key); got != want {
			t.Errorf("sysctl -w %s=%s: want %s, it is %s, %v", key, value, want, got, err)
		}
	}
	set("fs.pipe-max-size", "5000", "8192")
	r, _ := st.pipe(0)
	if n, err := st.s.Fcntl(r, F_GETPIPE_SZ, 0); n != 8192 || err != nil {
		t.Errorf("a new pipe is no larger than fs.pipe-max-size: want 8192, got %d, %v", n, err)
	}
	_, err := st.s.Fcntl(r, F_SETPIPE_SZ, 8193)
	st.errno(err, EPERM, "nor may it grow beyond")
	set("fs.pipe-user-pages-hard", "3", "3")
	_, _, err = st.s.Pipe2(0)
	st.errno(err, ENFILE, "a user at fs.pipe-user-pages-hard gets no pipe")
	set("fs.pipe-user-pages-hard", "0", "0")
	set("fs.pipe-user-pages-soft", "1", "1")
	r, _ = st.pipe(0)
	set("fs.pipe-max-size", "1048576", "1048576")
	_, err = st.s.Fcntl(r, F_SETPIPE_SZ, 65536)
	st.errno(err, EPERM, "a user beyond fs.pipe-user-pages-soft may not let a pipe grow")
	set("fs.epoll.max_user_watches", "1", "1")
	ep := st.epoll(st.s)
	st.add(st.s, ep, r, EPOLLIN)
	st.errno(st.s.EpollCtl(ep, EPOLL_CTL_ADD, r+1, &EpollEvent{}), ENOSPC, "one entry a user")
	st.audit()
}
