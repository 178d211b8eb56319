package check

import (
	"strings"
	"testing"
)

func TestGuessCompared(t *testing.T) {
	answers := []any{6, 50, 50}
	cases := []struct {
		guess Guess
		want  string
	}{
		{Guess{6, 50, 50}, "You said 6; 50; 50, and so it is."},
		{Guess{"6", 50.0, "50"}, "You said 6; 50; 50, and so it is."},
		{Guess{5, 49, 50}, "You said 5; 49; 50. It is 6; 50; 50: 1 of 3 right."},
		{Guess{0, 0, 0}, "You said 0; 0; 0. It is 6; 50; 50."},
		{Guess{50}, "The question has 3 parts, your guess (50) has 1. It is 6; 50; 50."},
	}
	for _, c := range cases {
		if got := c.guess.compare(answers); got != c.want {
			t.Errorf("%v: %q\nwant %q", c.guess, got, c.want)
		}
	}
	if got := (Guess{65_535}).compare([]any{28_232}); got != "You said 65,535. It is 28,232." {
		t.Errorf("a guess of one part: %q", got)
	}
	if got := (Guess{"28,232", "Yes"}).compare([]any{28_232, "yes"}); !strings.Contains(got, "and so it is") {
		t.Errorf("separators and capitals must not matter: %q", got)
	}
}

// Without a guess the answer is folded in HTML, and nowhere in the text.
func TestNoGuessFoldsTheAnswer(t *testing.T) {
	const question = "How many of <50> get in?"
	html := Guess{}.html(question, []any{6})
	before, folded, found := strings.Cut(html, "<details>")
	if !found || strings.Contains(before, "6") || !strings.Contains(folded, "<strong>6</strong>") {
		t.Errorf("the answer is not folded:\n%s", html)
	}
	if !strings.Contains(before, "How many of &lt;50&gt; get in?") {
		t.Errorf("the question is not asked, or not escaped:\n%s", html)
	}
	text := Guess{}.text(question, []any{6})
	if !strings.Contains(text, question) || !strings.Contains(text, "No guess yet") || strings.Contains(text, "6") {
		t.Errorf("text without a guess: %q", text)
	}
	if html := (Guess{7}).html(question, []any{6}); strings.Contains(html, "<details>") || !strings.Contains(html, "You said 7. It is 6.") {
		t.Errorf("with a guess nothing is folded:\n%s", html)
	}
}

// Outside a notebook the same words go to standard output.
func ExampleGuess_Reveal() {
	Guess{5, 49, 50}.Reveal("How many of 50 are connected, with backlog 5, 49 and 50?", 6, 50, 50)
	// Output:
	// How many of 50 are connected, with backlog 5, 49 and 50?
	// You said 5; 49; 50. It is 6; 50; 50: 1 of 3 right.
}
