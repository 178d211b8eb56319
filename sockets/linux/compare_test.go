package linux

import (
	"strings"
	"testing"
	"time"

	"socketbook/sockets"
)

// lesson is a program as a lesson has it: a server claims a port, a client
// connects before anybody accepts.
func lesson(k *Kernel) {
	listener, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	k.Bind(listener, k.Addr(80))
	k.Listen(listener, 5)
	second, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	k.Bind(second, k.Addr(80))
	client := k.Process("client")
	c, _ := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	client.Connect(c, k.Addr(80))
	client.Write(c, []byte("hello"))
	client.Getsockname(c)
	child := k.Fork("child")
	conn, _, _ := child.Accept4(listener, 0)
	buf := make([]byte, 100)
	child.Read(conn, buf)
	child.Exit()
	client.Read(c, buf)
	accepted := k.Go(func(k sockets.Calls) { k.Accept4(listener, 0) })
	d, _ := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	client.Connect(d, k.Addr(80))
	accepted()
	client.Poll([]sockets.PollFD{{FD: d, Events: sockets.POLLIN | sockets.POLLOUT}}, 1, 0)
	k.Getsockopt(listener, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, make([]byte, 4), 4)
	k.Fcntl(listener, sockets.F_GETFL, 0)
	k.Accept4(listener, 0)
	k.Close(listener)
}

// simulated is what the lesson shows on any machine.
const simulated = `process         call                                        simulated
program         socket(AF_INET, SOCK_STREAM, 0)             3
program         bind(3, 127.0.0.1:80)                       0
program         listen(3, 5)                                0
program         socket(AF_INET, SOCK_STREAM, 0)             4
program         bind(4, 127.0.0.1:80)                       EADDRINUSE
client          socket(AF_INET, SOCK_STREAM, 0)             3
client          connect(3, 127.0.0.1:80)                    0
client          write(3, "hello")                           5
client          getsockname(3)                              127.0.0.1:p1
program         fork() as "child"                           0
child           accept4(3, 0)                               5 from 127.0.0.1:p1
child           read(5, 100)                                5 "hello"
child           exit()                                      0
client          read(3, 100)                                0 ""
program thread  accept4(3, 0)                               5 from 127.0.0.1:p2
client          socket(AF_INET, SOCK_STREAM, 0)             4
client          connect(4, 127.0.0.1:80)                    0
client          poll([4:POLLIN|POLLOUT], 1, 0s)             1 [4:POLLOUT]
program         getsockopt(3, SOL_SOCKET, SO_REUSEADDR, 4)  0
program         fcntl(3, F_GETFL)                           O_RDWR
program         accept4(3, 0)                               blocks
program         close(3)                                    ESRCH
`

func hurry(t *testing.T) {
	before := patience
	patience = 300 * time.Millisecond
	t.Cleanup(func() { patience = before })
}

func TestLessonOnTheSimulatedHost(t *testing.T) {
	hurry(t)
	table := &Table{Err: &SupportError{"needs something else"}}
	table.merge(Run(Simulated(), lesson), nil)
	want := simulated + "No answers of a real kernel: sockets/linux: needs something else\n"
	if got := table.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLessonOnBothKernels(t *testing.T) {
	hurry(t)
	table := Compare(lesson)
	t.Log("\n" + table.String())
	if table.Err != nil {
		t.Skip(table.Err)
	}
	if n := table.Differences(); n != 0 {
		t.Errorf("%d answers differ", n)
	}
	if want := strings.Count(simulated, "\n") - 1; len(table.Rows) != want {
		t.Errorf("%d rows, want %d", len(table.Rows), want)
	}
}

// TestDifferencesAreMarked: an answer, a call, and a call too many.
func TestDifferencesAreMarked(t *testing.T) {
	table := &Table{}
	table.merge(
		[]Answer{{"a", "dup(3)", "4"}, {"b", "dup(3)", "4"}, {"a", "dup(4)", "5"}, {"b", "close(3)", "0"}},
		[]Answer{{"b", "dup(3)", "4"}, {"a", "dup(3)", "EBADF"}, {"b", "close(4)", "0"}, {"b", "close(5)", "0"}})
	want := `process  call      simulated  this Linux
a        dup(3)    4          EBADF         <- differs
b        dup(3)    4          4
a        dup(4)    5                        <- differs
b        close(3)  0          close(4) = 0  <- differs
b        close(5)             0             <- differs
4 of 5 answers differ.
`
	if got := table.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestChosenPorts: a port the kernel chose has the same name on both, one that
// the program has named keeps its number, a stand-in shows what it stands for.
func TestChosenPorts(t *testing.T) {
	s := newSpeller(Simulated())
	s.addr(standIn{}, 80)
	for _, c := range []struct {
		port      uint16
		byProgram bool
		want      string
	}{{40080, true, "127.0.0.1:80"}, {5000, true, "127.0.0.1:5000"}, {33333, false, "127.0.0.1:p1"}, {0, false, "127.0.0.1:0"},
		{44444, false, "127.0.0.1:p2"}, {33333, true, "127.0.0.1:p1"}, {5000, false, "127.0.0.1:5000"}} {
		if got := s.spell(loopback(c.port), c.byProgram); got != c.want {
			t.Errorf("port %d is %s, want %s", c.port, got, c.want)
		}
	}
}

// standIn is a host on which other ports stand for those asked for.
type standIn struct{ Host }

func (standIn) Addr(port uint16) sockets.SockAddr { return loopback(port + 40000) }

// TestProcessThatCannotBe: the program goes on, and sees ESRCH.
func TestProcessThatCannotBe(t *testing.T) {
	answers := Run(Simulated(), func(k *Kernel) {
		p := k.ProcessOf("somebody", -1)
		p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		p.Fork("child").Dup(0)
	})
	for i, want := range []string{"EINVAL", "ESRCH", "ESRCH", "ESRCH"} {
		if i >= len(answers) || answers[i].Text != want {
			t.Fatalf("answers %q, want %s at %d", answers, want, i)
		}
	}
}
