package steps

import (
	"bytes"
	"testing"
	"time"
)

func TestAStepInALogIsTwoLines(t *testing.T) {
	var b bytes.Buffer
	l := New(&b)
	s := l.Start("Cooking")
	s.Note("%d of %d", 1, 2)
	s.Done("ready")
	s.Fail() // deferred by a careful caller
	l.Say("%d eggs", 2)
	if want := "Cooking …\nCooking: ready\n2 eggs\n"; b.String() != want {
		t.Errorf("the log holds %q; want %q", b.String(), want)
	}
}

func TestAStepOnATerminalTakesItsLineBack(t *testing.T) {
	var b bytes.Buffer
	l := &Log{w: &b, tty: true}
	// Not by Start, whose ticks come when they come.
	s := &Step{l: l, title: "Cooking", started: time.Now(), stop: make(chan struct{})}
	s.Note("1 of 2")
	s.show()
	s.Fail()
	want := "\r\x1b[K\x1b[?7lCooking … 1 of 2\x1b[?7h\r\x1b[KCooking: not done\n"
	if b.String() != want {
		t.Errorf("the terminal got %q; want %q", b.String(), want)
	}
}

func TestTimesWorthReading(t *testing.T) {
	for d, want := range map[time.Duration]string{1999 * time.Millisecond: "", 2 * time.Second: " (2 s)", 75500 * time.Millisecond: " (75 s)"} {
		if got := took(d); got != want {
			t.Errorf("took(%v) = %q; want %q", d, got, want)
		}
	}
}
