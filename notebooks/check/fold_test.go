package check

import (
	"strings"
	"testing"
)

func TestShowFoldsUntilThereIsAGuess(t *testing.T) {
	const secret = "6 <wait>\n"
	page, text := Guess{}.shown([]any{secret, 7})
	if !strings.HasPrefix(page, "<details>") || !strings.Contains(page, "6 &lt;wait&gt;\n7</pre>") {
		t.Errorf("without a guess the page is %q; want it folded, and escaped", page)
	}
	if strings.Contains(text, "6") {
		t.Errorf("without a guess the text gives it away: %q", text)
	}
	page, text = Guess{5}.shown([]any{secret, 7})
	if strings.Contains(page, "<details>") || text != secret+"7" {
		t.Errorf("with a guess: %q and %q; want all of it, unfolded", page, text)
	}
}
