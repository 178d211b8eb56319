package engine

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"socketbook/sockets"
)

// Every setting of every control, one at a time, has an answer, and one that
// differs from its neighbour's somewhere.
func TestEverySettingIsAnswered(t *testing.T) {
	for _, c := range Controls() {
		for _, in := range c.Inputs {
			answers := map[string]bool{}
			for _, stop := range in.Stops {
				q := c.Name + "?" + in.Name + "=" + stop
				d, err := Ask(q)
				if err != nil {
					t.Errorf("%s: %v", q, err)
					continue
				}
				if d.Text == "" || strings.Contains(d.Text, "%!") {
					t.Errorf("%s: the answer is %q", q, d.Text)
				}
				wellFormed(t, q+", picture", d.SVG)
				wellFormed(t, q+", table", "<div>"+d.Table+"</div>")
				answers[d.SVG+d.Table] = true
			}
			if len(answers) < 2 {
				t.Errorf("%s: the knob %s changes nothing", c.Name, in.Name)
			}
		}
	}
}

func wellFormed(t *testing.T, what, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s is not well formed: %v\n%s", what, err, text)
		}
	}
}

// The answers of the controls are those of the packages behind them.
func TestKnownAnswers(t *testing.T) {
	for q, want := range map[string]string{
		"backlog?clients=50&backlog=49":           "50 of 50 clients came through to accept. Nothing was dropped",
		"backlog?clients=50&backlog=5&pause=1s":   "The line holds 6 (backlog + 1)",
		"backlog?clients=50&backlog=5":            "44 more believe that they are connected",
		"nofile?nofile=1,024&ram=16 GiB":          "1,020",
		"tuples?clients=1&ports=28,232&servers=1": "28,232",
		"ladder?loss=0&bytes=1000":                "0 of them lost, 0 sent again. The server read 1000 of 1000 bytes",
	} {
		d, err := Ask(q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		} else if !strings.Contains(d.Text, want) {
			t.Errorf("%s: %q; want it to say %q", q, d.Text, want)
		}
	}
}

// The journey can be walked to its end and back, and is the same both ways.
func TestJourneyBackAndForth(t *testing.T) {
	for _, run := range runNames {
		first, err := Ask("journey?run=" + run + "&pos=0")
		if err != nil {
			t.Fatal(err)
		}
		if first.Len < 10 || first.Len > 2000 {
			t.Errorf("%s has %d entries: too few to see, or too many to play", run, first.Len)
		}
		ahead := map[int]string{}
		step := max(1, first.Len/25)
		for i := 0; i < first.Len; i += step {
			ahead[i] = Answer("journey?run=" + run + "&pos=" + px(float64(i)))
		}
		for i := (first.Len - 1) / step * step; i >= 0; i -= step {
			if got := Answer("journey?run=" + run + "&pos=" + px(float64(i))); got != ahead[i] {
				t.Fatalf("%s, entry %d: back is not the same as forth", run, i)
			}
		}
	}
}

func TestBadQuestionsAreRefused(t *testing.T) {
	for _, q := range []string{"", "nothing", "backlog?clients=-1", "backlog?clients=x", "backlog?colour=red", "nofile?nofile=0",
		"nofile?ram=16 G", "nofile?ram=-1 GiB", "tuples?ports=65537", "ladder?loss=200", "ladder?loss=0.2", "ladder?delay=soon", "journey?run=none",
		"journey?pos=-1", "journey?pos=99999999", "memory?app=1e99 GiB", "backlog?&&&="} {
		_, err := Ask(q)
		if err == nil {
			t.Errorf("%q was answered", q)
			continue
		}
		var e *sockets.LimitError
		if !errors.As(err, &e) && !strings.Contains(err.Error(), "1") {
			t.Errorf("%q: %v; want what is allowed", q, err)
		}
		var out struct{ Error string }
		if err := json.Unmarshal([]byte(Answer(q)), &out); err != nil || out.Error == "" {
			t.Errorf("%q: the answer %s is no error in JSON: %v", q, Answer(q), err)
		}
	}
}

// A name that is empty is none, also before anything has been shown.
func TestNoRunBeforeTheFirst(t *testing.T) {
	if showing.name != "" {
		showing.player.Close()
		showing.name, showing.film = "", film{}
	}
	for _, q := range []string{"journey?run", "journey?run=", "journey?run=&pos=1"} {
		var e *sockets.LimitError
		if _, err := Ask(q); !errors.As(err, &e) || e.Field != "run" {
			t.Errorf("%q: %v; want what is allowed", q, err)
		}
	}
}

// Answer writes its JSON by hand; whatever is asked, an encoder can read it.
func FuzzAnswer(f *testing.F) {
	for _, c := range Controls() {
		f.Add(c.Question())
	}
	f.Add("backlog?clients=\"<\x00\\")
	f.Fuzz(func(t *testing.T, q string) {
		var out map[string]any
		if err := json.Unmarshal([]byte(Answer(q)), &out); err != nil {
			t.Errorf("%q: %v", q, err)
		}
	})
}
