package sockets

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Every errno has Linux's number, a name and words. The numbers are compared
// with the C headers where the machine has them.
func TestErrnoNumbersAreLinux(t *testing.T) {
	numbers := headerNumbers(t)
	for e, row := range errnoTable {
		if row.name == "" || row.text == "" || row.platform == 0 {
			t.Errorf("errno %d needs a name, words and the platform's number: %+v", uint16(e), row)
		}
		if e.Name() != row.name || e.Error() != row.name+" ("+row.text+")" {
			t.Errorf("errno %d must print its name and its words, prints %q and %q", uint16(e), e.Name(), e.Error())
		}
		if n, ok := numbers[row.name]; len(numbers) > 0 && (!ok || n != int(e)) {
			t.Errorf("%s must be %d, as in the C headers, is %d", row.name, n, uint16(e))
		}
	}
	if got := Errno(4000).Error(); got != "errno 4000" {
		t.Errorf("a number without a name must print as a number, prints %q", got)
	}
}

// headerNumbers reads the numbers of the errnos from the C headers; none where
// there are no headers.
func headerNumbers(t *testing.T) map[string]int {
	numbers := map[string]int{}
	line := regexp.MustCompile(`(?m)^#define\s+(E[A-Z0-9]+)\s+(\d+)`)
	for _, name := range []string{"errno-base.h", "errno.h"} {
		text, err := os.ReadFile(filepath.Join("/usr/include/asm-generic", name))
		if err != nil {
			t.Logf("the numbers are not compared with the C headers: %v", err)
			return nil
		}
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			numbers[m[1]], _ = strconv.Atoi(m[2])
		}
	}
	return numbers
}

// errors.Is matches the errno itself and the platform's errno of that name,
// whatever its number, and no other.
func TestErrnoIsThePlatforms(t *testing.T) {
	for e := range errnoTable {
		for f, row := range errnoTable {
			if got := errors.Is(e, f); got != (e == f) {
				t.Errorf("errors.Is(%s, %s) is %v", e.Name(), f.Name(), got)
			}
			if got := errors.Is(e, row.platform); got != (e == f) {
				t.Errorf("errors.Is(%s, syscall.%s) is %v", e.Name(), row.name, got)
			}
		}
	}
	if errors.Is(Errno(4000), syscall.Errno(0)) {
		t.Error("an unknown errno must not match the platform's 0")
	}
}

// An OpError says which call, on what, and why; the errno is inside, once.
func TestOpErrorText(t *testing.T) {
	for _, c := range []struct {
		err  *OpError
		text string
	}{
		{&OpError{"bind", 3, "0.0.0.0:80", EADDRINUSE}, "bind(3, 0.0.0.0:80): EADDRINUSE (Address already in use)"},
		{&OpError{"accept4", 3, "", EMFILE}, "accept4(3): EMFILE (Too many open files)"},
		{&OpError{"socket", -1, "", EMFILE}, "socket: EMFILE (Too many open files)"},
	} {
		if got := c.err.Error(); got != c.text {
			t.Errorf("an OpError must read %q, reads %q", c.text, got)
		}
		var e Errno
		if !errors.As(c.err, &e) || e != c.err.Err || errors.Unwrap(c.err) != error(c.err.Err) {
			t.Errorf("the errno of %v must come out by Unwrap", c.err)
		}
	}
	st := lanStory(t)
	l := st.listen(80, 1)
	err := st.s.Bind(l, Any(81))
	var op *OpError
	if !errors.As(err, &op) || op.Op != "bind" || op.FD != l || op.Addr != "0.0.0.0:81" || op.Err != EINVAL {
		t.Errorf("a failed call must say what failed, on which descriptor and address: %#v", err)
	}
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("errors.Is(%v, syscall.EINVAL) must hold", err)
	}
}

// What can never return says so, and who else sleeps, and on what.
func TestStuckErrorNamesTheSleepers(t *testing.T) {
	st := lanStory(t)
	st.server.Spawn("idler", func(p *Process) {
		l, _ := p.Socket(AF_INET, SOCK_STREAM, 0)
		p.Bind(l, Any(80))
		p.Listen(l, 1)
		p.Accept4(l, 0)
	})
	st.settle()
	c := st.connect(80)
	_, err := st.c.Read(c, make([]byte, 10))
	var stuck *StuckError
	if !errors.As(err, &stuck) {
		// The idler took the connection and ended, so the read is at its end.
		st.ok(err, "read of a connection whose server has ended")
	}
	l := st.socket(st.s)
	st.ok(st.s.Bind(l, Any(81)), "bind")
	st.ok(st.s.Listen(l, 1), "listen")
	st.server.Spawn("sleeper", func(p *Process) {
		l, _ := p.Socket(AF_INET, SOCK_STREAM, 0)
		p.Bind(l, Any(82))
		p.Listen(l, 1)
		p.Accept4(l, 0)
	})
	_, _, err = st.s.Accept4(l, 0)
	if !errors.As(err, &stuck) {
		t.Fatalf("accept4 with nobody who could connect must be a StuckError, is %v", err)
	}
	if stuck.Call != "server[1000] in accept4(3)" {
		t.Errorf("a StuckError must name the call, names %q", stuck.Call)
	}
	if len(stuck.Sleepers) != 1 || !strings.HasPrefix(stuck.Sleepers[0], "sleeper[1003] sleeps in accept4(3) since ") {
		t.Errorf("a StuckError must name who else sleeps and on what, names %q", stuck.Sleepers)
	}
	if got := err.Error(); !strings.Contains(got, "can never return") || !strings.Contains(got, "sleeper[1003]") {
		t.Errorf("a StuckError must say that the call can never return and who sleeps, says %q", got)
	}
	st.audit()
}
