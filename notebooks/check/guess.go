package check

import (
	"fmt"
	"html"
	"strings"

	"socketbook/charts"
)

// Guess is what a reader expects of an experiment, one value for each part of
// the question: check.Guess{10, 20, 30}. Empty means: not guessed yet.
type Guess []any

// Reveal shows the answers of an experiment beside the guess. Without a guess it
// asks the question, and the answer is there to be unfolded.
func (g Guess) Reveal(question string, answers ...any) {
	charts.Display(g.html(question, answers), g.text(question, answers))
}

const noGuess = "No guess yet. Write one in the cell above, run that cell, then this one."

// text stands where nothing can be unfolded: an answer that was not asked for
// is left out.
func (g Guess) text(question string, answers []any) string {
	if len(g) == 0 {
		return question + "\n" + noGuess + "\n"
	}
	return question + "\n" + g.compare(answers) + "\n"
}

func (g Guess) html(question string, answers []any) string {
	ask := "<p><strong>" + html.EscapeString(question) + "</strong></p>\n"
	if len(g) == 0 {
		return ask + "<details><summary>" + noGuess + " Or unfold the answer.</summary>\n" +
			"<p>It is <strong>" + html.EscapeString(list(answers)) + "</strong>.</p></details>\n"
	}
	return ask + "<p>" + html.EscapeString(g.compare(answers)) + "</p>\n"
}

// compare says in a sentence or two how the guess did.
func (g Guess) compare(answers []any) string {
	said, is := list(g), list(answers)
	if len(g) != len(answers) {
		return fmt.Sprintf("The question has %s, your guess (%s) has %d. It is %s.", parts(len(answers)), said, len(g), is)
	}
	right := 0
	for i := range answers {
		if plain(g[i]) == plain(answers[i]) {
			right++
		}
	}
	switch {
	case right == len(answers):
		return fmt.Sprintf("You said %s, and so it is.", said)
	case right == 0 || len(answers) == 1:
		return fmt.Sprintf("You said %s. It is %s.", said, is)
	}
	return fmt.Sprintf("You said %s. It is %s: %d of %d right.", said, is, right, len(answers))
}

func parts(n int) string {
	if n == 1 {
		return "one part"
	}
	return fmt.Sprintf("%d parts", n)
}

// list writes values as a sentence lists them.
func list(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = word(v)
	}
	return strings.Join(words, "; ")
}

// word writes a value; whole numbers get their thousands separated.
func word(v any) string {
	s := fmt.Sprint(v)
	if len(s) <= 3 || strings.Trim(s, "0123456789") != "" {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plain is a value as it is compared: "28,232" is 28232, and "No" is "no".
func plain(v any) string {
	return strings.ToLower(strings.NewReplacer(",", "", "_", "", " ", "").Replace(fmt.Sprint(v)))
}
