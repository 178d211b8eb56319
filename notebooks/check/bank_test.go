package check

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The bank of wrong answers. Each is a bug that people write, in an answer that
// is right otherwise; bank_serve_test.go, bank_event_test.go and
// bank_client_test.go have them.
type wrongAnswer struct {
	name string
	exam *exam
	says string // a word of what must be said of it
}

func bank() (all []wrongAnswer) {
	for _, part := range []struct {
		exercise string
		answers  func() []wrongAnswer
	}{
		{"EchoServer", doorBank}, {"EchoServer", echoBank}, {"LengthServer", lengthBank}, {"EventServer", eventBank},
		{"CrampedServer", crampedBank}, {"AskServer", askBank}, {"DialTimeout", dialBank},
	} {
		equip(part.exercise)
		all = append(all, part.answers()...)
	}
	return all
}

// Of the wrong answers at least 95 in a hundred are caught, and what is said of
// a caught one names its bug.
func TestWrongAnswersAreCaught(t *testing.T) {
	for _, id := range someStudents(t) {
		t.Run("student="+id, func(t *testing.T) {
			as(t, id)
			wrongAnswersAreCaught(t)
		})
	}
}

func wrongAnswersAreCaught(t *testing.T) {
	var table strings.Builder
	caught, names := 0, map[string]bool{}
	for _, w := range bank() {
		equip(w.exam.variant)
		o := w.exam.examine()
		first, rest, _ := strings.Cut(o.text, "\n")
		if names[w.name] {
			t.Errorf("%s is there twice", w.name)
		}
		names[w.name] = true
		if o.state == wrong {
			caught++
		} else {
			first, rest = "NOT CAUGHT: "+o.state, ""
		}
		with, _, _ := strings.Cut(strings.TrimPrefix(rest, "The smallest run that shows it has "), "\n")
		fmt.Fprintf(&table, "%-14s  %-44s  %s\n%62s  with %s\n", w.exam.name, w.name, first, "", with)
		if o.state == wrong && !strings.Contains(o.text, w.says) {
			t.Errorf("%s: %s\nwant the words %q", w.name, o.text, w.says)
		}
		if o.state == wrong && !strings.Contains(rest, "check.Replay(\"sockets:v1:"+w.exam.name+"?seed=") {
			t.Errorf("%s: no replay string in %q", w.name, rest)
		}
	}
	share := 100 * float64(caught) / float64(len(names))
	fmt.Fprintf(&table, "%d of %d caught: %.0f %%\n", caught, len(names), share)
	t.Log("\n" + table.String())
	if o := lengthExam(nil).examine(); student != "" && !strings.HasPrefix(o.text, "Yours is: ") {
		t.Errorf("a student does not hear of their variant: %s", o.text)
	}
	if len(names) < 30 || share < 95 {
		t.Errorf("%d of %d caught (%.0f %%), want 95 %% of 30 at least", caught, len(names), share)
	}
}

// An answer that makes no call and does not return is told so, and one that
// makes the same mistake in every call gets its words without the seeds' help.
func TestEndlessAnswer(t *testing.T) {
	before := patience
	patience = 200 * time.Millisecond
	defer func() { patience = before }()
	stop := make(chan struct{})
	defer close(stop)
	o := echoExam(func(k callsOf) error { <-stop; return nil }).examine()
	if o.state != wrong || !strings.Contains(o.text, "does not come to an end") {
		t.Errorf("%s. %s", o.state, o.text)
	}
}

// The same answer gets the same words, each time.
func TestSameWords(t *testing.T) {
	for _, w := range bank()[:8] {
		equip(w.exam.variant)
		if a, b := w.exam.examine(), w.exam.examine(); a != b {
			t.Errorf("%s:\n%s\n%s", w.name, a.text, b.text)
		}
	}
}
