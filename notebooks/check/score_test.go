package check

import (
	"math"
	"strings"
	"testing"

	"socketbook/sockets"
)

func TestGuessWithConfidence(t *testing.T) {
	for _, c := range []struct {
		guess   Guess
		answers []any
		want    string // of compare or unread
	}{
		{Guess{6, 50, Sure(80)}, []any{6, 50}, "You said 6; 50, and so it is."},
		{Guess{6, Sure(80)}, []any{6, 50}, "The question has 2 parts, your guess (6) has 1. It is 6; 50."},
		{Guess{Sure(80)}, []any{6}, noGuess},
		{Guess{6, Sure(140)}, []any{6}, "check.Sure: percent is 140, allowed is 0 to 100."},
		{Guess{6, Sure(-1)}, []any{6}, "percent is -1, allowed is 0 to 100"},
		{Guess{6, Sure(math.NaN())}, []any{6}, "percent is NaN"},
		{Guess{Sure(80), 6}, []any{6}, "check.Sure(80) is value 1 of the guess, allowed is the last"},
		{Guess{95}, []any{Within(100, 5)}, "You said 95. It is 100: near enough."},
		{Guess{"105"}, []any{Within(100, 5)}, "near enough"},
		{Guess{94.9}, []any{Within(100, 5)}, "You said 94.9. It is 100."},
		{Guess{-95}, []any{Within(-100, 5)}, "near enough"},
		{Guess{100}, []any{Within(100, 5)}, "and so it is"},
		{Guess{100}, []any{Within(100, 500)}, "check.Within: percent is 500, allowed is 0 to 100."},
		{Guess{"nan"}, []any{Within(100, 5)}, "It is 100."},
		{Guess{0.30}, []any{"0.3"}, "and so it is"},
		{Guess{"50.0 %"}, []any{50}, "and so it is"},
		{Guess{-5}, []any{5}, "It is 5."},
		{Guess{"emfile"}, []any{&sockets.OpError{Op: "accept4", Err: sockets.EMFILE}}, "You said emfile, and so it is."},
		{Guess{sockets.EMFILE}, []any{sockets.ENFILE}, "You said EMFILE. It is ENFILE."},
		{Guess{"close_wait"}, []any{sockets.CloseWait}, "and so it is"},
		{Guess{nil}, []any{error(nil)}, "You said no error, and so it is."},
	} {
		got := c.guess.text("Q", c.answers)
		if !strings.Contains(strings.ToLower(got), strings.ToLower(c.want)) {
			t.Errorf("%v against %v: %q\nwant %q", c.guess, c.answers, got, c.want)
		}
	}
}

func TestScore(t *testing.T) {
	// 80 % and right, 60 % and wrong: (0.2² + 0.6²)/2 = 0.2.
	c := calibrate([]Scored{
		Guess{6, Sure(80)}.Against("a", 6),
		Guess{6, Sure(60)}.Against("b", 7),
		Guess{6}.Against("not said how sure", 7),
		Guess{}.Against("not guessed", 7),
	})
	if c.n != 2 || math.Abs(c.mean-0.7) > 1e-9 || c.right != 0.5 || math.Abs(c.brier-0.2) > 1e-9 {
		t.Errorf("calibration %+v", c)
	}
	for _, c := range []struct {
		name    string
		guesses []Scored
		want    []string
		not     string
	}{
		{"nothing guessed", []Scored{Guess{}.Against("early", 42), Guess{}.Against("late", 43)},
			[]string{"2 questions: 0 right, 0 wrong, 2 not guessed.", "Guess first"}, "4"},
		{"no confidence", []Scored{Guess{5}.Against("early", 5)}, []string{"One question: 1 right", "check.Sure(80)"}, "Brier"},
		{"too sure", []Scored{Guess{5, Sure(90)}.Against("a", 5), Guess{5, Sure(90)}.Against("b", 6), Guess{5, Sure(90)}.Against("c", 6)},
			[]string{"You said 5. It is 6.", "Sure on average 90 %, right 33 %: surer than you were right.", "Brier score 0.54: worse than", "With 3 guesses chance"}, "near"},
		{"too shy", []Scored{Guess{5, Sure(50)}.Against("a", 5), Guess{5, Sure(60)}.Against("b", 5)}, []string{"more often than you dared"}, "wrong each time: "},
		{"perfect", []Scored{Guess{5, Sure(100)}.Against("a", 5)}, []string{"as sure as you had reason", "Brier score 0.00: sure, and right"}, "worse"},
		{"parts", []Scored{Guess{5, 6, Sure(50)}.Against("a", 5, 7)}, []string{"0 right, 1 wrong", "1 of 2 right"}, "1 right,"},
		{"bad", []Scored{Guess{5, Sure(140)}.Against("a", 5)}, []string{"percent is 140, allowed is 0 to 100", "1 not guessed"}, "Brier"},
	} {
		text, page := scoreText(c.guesses), scoreHTML(c.guesses)
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: want %q in\n%s", c.name, w, text)
			}
		}
		if strings.Contains(text, c.not) || !strings.Contains(page, "<td>") {
			t.Errorf("%s: %q must not be in\n%s\n%s", c.name, c.not, text, page)
		}
	}
}

func ExampleScore() {
	Score(
		Guess{10, 20, Sure(80)}.Against("who gets in", 10, 20),
		Guess{1024, Sure(60)}.Against("descriptors", 1021),
		Guess{}.Against("ports", 28_232),
	)
	// Output:
	//   who gets in  right        80 % sure
	//   descriptors  wrong        60 % sure   You said 1,024. It is 1,021.
	//   ports        not guessed
	// 3 questions: 1 right, 1 wrong, 1 not guessed.
	// Sure on average 70 %, right 50 %: surer than you were right.
	// Brier score 0.20: about what saying 50 % each time gives. (It is the mean square of how far "how sure" was from what came: 0 is best, 0.25 is saying 50 % each time, 1 is being sure and wrong each time.)
	// With 2 guesses chance has a large part in this.
}
