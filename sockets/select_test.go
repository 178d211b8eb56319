package sockets

import (
	"errors"
	"testing"
	"time"
)

// fdset is an fd_set with these descriptors.
func fdset(fds ...int) *FDSet {
	s := new(FDSet)
	for _, fd := range fds {
		s.Set(fd)
	}
	return s
}

// is says which descriptors a set must have, of 0 to 2047.
func (st *story) is(s *FDSet, why string, want ...int) {
	st.Helper()
	for fd := range 2048 {
		wanted := false
		for _, w := range want {
			wanted = wanted || w == fd
		}
		if s.IsSet(fd) != wanted {
			st.Errorf("%s: descriptor %d in the set: want %v, got %v", why, fd, wanted, s.IsSet(fd))
		}
	}
}

// An fd_set has 1024 bits. FD_SET of 1024 writes behind it; the kernel, which
// is only told how many bits to read, does not mind.
func TestSelectBeyondFDSetSize(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 4096, NofileHard: 4096}, LAN)
	r, w := st.pipe(0)
	for _, fd := range []int{1023, 1024, 1500} {
		_, err := st.s.Dup2(r, fd)
		st.ok(err, "dup2")
	}
	st.write(st.s, w, "x")
	var s FDSet
	st.ok(s.Set(1023), "FD_SET of the last descriptor of a set")
	var size *SetSizeError
	if err := s.Set(1024); !errors.As(err, &size) || size.FD != 1024 {
		t.Errorf("FD_SET(1024) must say that it writes behind the set, said %v", err)
	}
	if err := s.Set(-1); !errors.As(err, &size) {
		t.Errorf("FD_SET(-1) must say that it writes in front of the set, said %v", err)
	}
	if err := s.Set(1 << 30); !errors.As(err, &size) || s.IsSet(1<<30) {
		t.Errorf("FD_SET(1<<30) must say that it is left out, said %v", err)
	}
	s.Set(1500)
	if n, err := st.s.Select(1501, &s, nil, nil, 0); n != 3 || err != nil {
		t.Errorf("the kernel reads 1,501 bits, wherever they are: want 3 ready, got %d, %v", n, err)
	}
	s.Clear(1500)
	if n, err := st.s.Select(1501, &s, nil, nil, 0); n != 2 || err != nil {
		t.Errorf("FD_CLR clears there, too: want 2 ready, got %d, %v", n, err)
	}
	s.Set(1500)
	s.Zero()
	if s.IsSet(1023) || !s.IsSet(1024) {
		t.Errorf("FD_ZERO empties 1,024 bits and no more")
	}
	if n, err := st.s.Select(1024, &s, nil, nil, 0); n != 0 || err != nil || !s.IsSet(1500) {
		t.Errorf("a select of 1,024 bits leaves the others alone: got %d, %v", n, err)
	}
}

// The kernel looks no further than its table, which grows by doubling and does
// not shrink; within it a descriptor that is not open is EBADF.
func TestSelectLooksAsFarAsTheTable(t *testing.T) {
	st := lanStory(t)
	a := st.socket(st.s)
	look := func(fd int, want Errno, why string) {
		t.Helper()
		s := fdset(fd)
		n, err := st.s.Select(fd+1, s, nil, nil, 0)
		if want != 0 {
			st.errno(err, want, why)
			st.is(s, "an error leaves the sets as they are", fd)
		} else if n != 0 || err != nil || !s.IsSet(fd) {
			t.Errorf("%s: want 0 and the bit untouched, got %d, %v, bit %v", why, n, err, s.IsSet(fd))
		}
	}
	look(63, EBADF, "a new table has room for 64")
	look(64, 0, "the kernel does not look at 64")
	_, err := st.s.Dup2(a, 64)
	st.ok(err, "dup2")
	st.ok(st.s.Close(64), "close")
	look(127, EBADF, "the table has doubled")
	look(128, 0, "but no more than that")
	_, err = st.s.Dup2(99, 200)
	st.errno(err, EBADF, "dup2 of nothing")
	look(255, EBADF, "even a dup2 that fails lets the table grow")
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	if n, err := child.Select(101, fdset(100), nil, nil, 0); n != 0 || err != nil {
		t.Errorf("a child's table is as large as it must be, 64: want 0, got %d, %v", n, err)
	}
	_, err = st.s.Select(-1, nil, nil, nil, 0)
	st.errno(err, EINVAL, "a negative number of bits")
}

// Which events count for which set (fs/select.c POLLIN_SET, POLLOUT_SET,
// POLLEX_SET), and that each set bit counts.
func TestSelectSets(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)
	fds := []int{r, w}
	in, out, ex := fdset(fds...), fdset(fds...), fdset(fds...)
	if n, err := st.s.Select(w+1, in, out, ex, 0); n != 1 || err != nil {
		t.Errorf("an empty pipe: only the writer is ready, got %d, %v", n, err)
	}
	st.is(in, "nothing to read")
	st.is(out, "the writer can write", w)
	st.ok(st.s.Close(w), "close")
	in, out, ex = fdset(r), fdset(r), fdset(r)
	if n, err := st.s.Select(w+1, in, out, ex, 0); n != 1 || err != nil {
		t.Errorf("a hang-up is something to read, got %d, %v", n, err)
	}
	st.is(in, "the end can be read", r)
	st.is(out, "a hang-up is nothing to write")
	st.is(ex, "and nothing exceptional")

	r, w = st.pipe(O_NONBLOCK)
	st.ok(st.s.Close(r), "close")
	in, out, ex = fdset(w), fdset(w), fdset(w)
	if n, err := st.s.Select(w+1, in, out, ex, 0); n != 2 || err != nil {
		t.Errorf("an error is both read and written, got %d, %v", n, err)
	}
	one := fdset(0)
	if n, err := st.s.Select(1, one, one, nil, 0); n != 2 || err != nil {
		t.Errorf("/dev/null is always ready, and a set given twice counts twice: got %d, %v", n, err)
	}
	if n, err := st.s.Select(0, nil, nil, nil, 20*time.Millisecond); n != 0 || err != nil || st.now() != 20*time.Millisecond {
		t.Errorf("select of nothing sleeps for its time: got %d, %v, it is %v", n, err, st.net.Now())
	}
	st.audit()
}

// select sleeps until something is ready. A descriptor that another thread
// closes meanwhile does not wake it; when it wakes, the number is ready for
// whatever was asked.
func TestSelectSleeps(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	r, w := st.pipe(0)
	n, got := -1, fdset(s, r)
	st.s.Go(func() { n, _ = st.s.Select(max(r, s)+1, got, nil, nil, -1) })
	st.settle()
	st.ok(st.s.Close(r), "close by another thread")
	st.settle()
	if n != -1 {
		t.Fatalf("close wakes nobody: select returned %d", n)
	}
	st.wrote(w, 5, 5, "the sleeping select keeps the reading end open")
	st.settle()
	if n != 1 || !got.IsSet(r) || got.IsSet(s) {
		t.Errorf("bytes in the pipe wake it, and its number is not open any more: want 1 ready, got %d", n)
	}
	_, err := st.s.Write(w, []byte("x"))
	st.errno(err, EPIPE, "with the select the reading end has gone")
	st.write(st.c, c, "x")
	st.settle()
	st.audit()
}
