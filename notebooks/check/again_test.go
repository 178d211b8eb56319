package check

import (
	"strings"
	"testing"
	"time"

	"socketbook/sockets"
)

// oneRead is a wrong answer whose failing run is replayed.
func oneRead(k sockets.Calls) error {
	return doored(rightDoor, func(k sockets.Calls, fd int) error {
		buf := make([]byte, 4096)
		n, _ := k.Read(fd, buf)
		k.Write(fd, buf[:n])
		return k.Close(fd)
	})(k)
}

func TestReplayShowsTheRun(t *testing.T) {
	o := echoExam(oneRead).examine()
	_, text, found := strings.Cut(o.text, `check.Replay("`)
	text, _, _ = strings.Cut(text, `"`)
	if !found || !strings.Contains(text, "&source=") || !strings.HasSuffix(o.text, `", oneRead)`) {
		t.Fatalf("no replay string with a source in %q", o.text)
	}
	out, err := replay(text, oneRead)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"accept4(3", "read(4", "close(4)", strings.SplitN(o.text, "\n", 2)[0]} {
		if !strings.Contains(out, want) {
			t.Errorf("the replay lacks %q:\n%s", want, out)
		}
	}
	// Another source, another exercise, nonsense.
	for _, c := range []struct {
		text   string
		answer any
		want   string
	}{
		{text, echoReference, "another source"},
		{strings.Replace(text, "echo-server", "dial-timeout", 1), oneRead, "answers echo-server"},
		{strings.Replace(text, "bytes=", "bites=", 1), oneRead, "bites"},
		{strings.Replace(text, "clients=1", "clients=1000000", 1), oneRead, "0 to 100"},
		{"", oneRead, "answers echo-server"},
		{text, 7, "int"},
		{text, Server(nil), "nil"},
	} {
		if out, err := replay(c.text, c.answer); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q with %T: %q, %v; want %q", c.text, c.answer, out, err, c.want)
		}
	}
}

// A run with a crowd has thousands of calls: the middle is left out.
func TestReplayIsShort(t *testing.T) {
	e := eventExam(eventReference)
	e.source = sourceOf(e.answer)
	f := calmly(e.dials)
	f["crowd"] = 1100
	r, err := e.replay(e.scenario(nil, nil, nil), 1, f)
	if err != nil {
		t.Fatal(err)
	}
	out, err := replay(r.String(), eventReference)
	if lines := strings.Count(out, "\n"); err != nil || lines > mostLines+2 || !strings.Contains(out, " lines …") || !strings.Contains(out, "does what it should") {
		t.Errorf("%d lines, %v:\n%s", lines, err, out)
	}
}

// The text of an answer has what it uses, and neither comments nor what stands
// beside it.
func TestSourceOfAnswer(t *testing.T) {
	text := sourceOf(echoReference)
	for _, want := range []string{"func echoReference", "func openDoor", "func writeAll"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, not := range []string{"//", "func lengthReference", "package"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is in\n%s", not, text)
		}
	}
	if a, b := sourceOf(lengthReference), sourceOf(echoReference); a == b || sourceOf(Server(nil)) != "" || sourceOf(7) != "" {
		t.Error("two answers have one text, or none has one")
	}
}

// What an answer keeps outside of itself spoils the second run; that is said.
func TestAnswerThatRemembers(t *testing.T) {
	runs := 0
	o := echoExam(func(k sockets.Calls) error {
		if runs++; runs == 1 {
			return nil
		}
		return echoReference(k)
	}).examine()
	if o.state != wrong || !strings.Contains(o.text, "outside of itself") {
		t.Errorf("%s. %s", o.state, o.text)
	}
}

// Unwritten answers are asked for.
func TestExamsNotBegun(t *testing.T) {
	unwritten := func(k sockets.Calls) error { return Todo }
	judge(t, []trial{
		{"nil", echoExam(nil).examine(), open, "8080"},
		{"as it comes", echoExam(unwritten).examine(), open, "check.Todo"},
		{"half written", crampedExam(func(k sockets.Calls) error { openDoor(k, 0); return Todo }).examine(), open, "12 descriptors"},
		{"ask", askExam(nil).examine(), open, "question"},
		{"dial", dialExam(func(sockets.Calls, sockets.SockAddr, time.Duration) (int, error) { return 0, Todo }).examine(), open, "patience"},
	})
}
