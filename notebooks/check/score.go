package check

import (
	"fmt"
	"html"
	"math"
	"strings"

	"socketbook/charts"
)

// Scored is a guess held against its answers, under a short name.
type Scored struct {
	name    string
	said    string  // the guess and the answer, where it was wrong
	verdict verdict // of the whole guess: right is right in every part
	percent float64 // how sure it was
	says    bool    // whether it said so
}

type verdict uint8

const (
	notGuessed verdict = iota
	guessedWrong
	guessedRight
)

// Against holds a guess against its answers, for [Score]. A guess of several
// parts is right if each of them is.
func (g Guess) Against(name string, answers ...any) Scored {
	s := Scored{name: name}
	if why := g.unread(answers); why != "" {
		if why != noGuess {
			s.said = why
		}
		return s
	}
	values, percent, says, _ := g.parse()
	s.percent, s.says, s.verdict = percent, says, guessedWrong
	if right, _ := hits(values, answers); right == len(answers) && len(values) == len(answers) {
		s.verdict = guessedRight
		return s
	}
	s.said = g.compare(answers)
	return s
}

// Score tells how the guesses of a lesson did: which were right, and whether
// their maker was as sure as they had reason to be.
func Score(guesses ...Scored) {
	charts.Display(scoreHTML(guesses), scoreText(guesses))
}

// row is what is said of one guess.
func (s Scored) row() (verdict, confidence string) {
	verdict = [...]string{"not guessed", "wrong", "right"}[s.verdict]
	if s.says {
		confidence = fmt.Sprintf("%.0f %% sure", s.percent)
	}
	return verdict, confidence
}

func scoreText(guesses []Scored) string {
	var b strings.Builder
	wide := 0
	for _, s := range guesses {
		wide = max(wide, len([]rune(s.name)))
	}
	for _, s := range guesses {
		verdict, confidence := s.row()
		line := fmt.Sprintf("  %s%s  %-11s  %-10s  %s", s.name, strings.Repeat(" ", wide-len([]rune(s.name))), verdict, confidence, s.said)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for _, line := range tally(guesses) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func scoreHTML(guesses []Scored) string {
	var b strings.Builder
	b.WriteString("<table>\n<tr><th>Question</th><th>Guess</th><th>How sure</th><th></th></tr>\n")
	for _, s := range guesses {
		verdict, confidence := s.row()
		b.WriteString("<tr>")
		for _, cell := range []string{s.name, verdict, confidence, s.said} {
			b.WriteString("<td>" + html.EscapeString(cell) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	for _, line := range tally(guesses) {
		b.WriteString("<p>" + html.EscapeString(line) + "</p>\n")
	}
	return b.String()
}

// tally sums the guesses up in a few sentences.
func tally(guesses []Scored) []string {
	var by [3]int
	for _, s := range guesses {
		by[s.verdict]++
	}
	lines := []string{fmt.Sprintf("%s: %d right, %d wrong, %d not guessed.",
		upper(count(len(guesses), "question", "questions")), by[guessedRight], by[guessedWrong], by[notGuessed])}
	if by[guessedRight]+by[guessedWrong] == 0 {
		return append(lines, "Guess first, above; then run this cell again.")
	}
	c := calibrate(guesses)
	if c.n == 0 {
		return append(lines, "How sure were you? Write check.Sure(80) behind the values of a guess, and this cell tells whether you knew what you knew.")
	}
	return append(lines, c.words()...)
}

// calibration compares how sure guesses were with how they did.
type calibration struct {
	n           int
	mean, right float64 // how sure on average, and the share that was right: 0 to 1
	brier       float64 // Brier, "Verification of forecasts expressed in terms of probability", 1950
}

func calibrate(guesses []Scored) (c calibration) {
	for _, s := range guesses {
		if s.verdict == notGuessed || !s.says {
			continue
		}
		p, was := s.percent/100, 0.0
		if s.verdict == guessedRight {
			was = 1
		}
		c.n++
		c.mean, c.right, c.brier = c.mean+p, c.right+was, c.brier+(p-was)*(p-was)
	}
	if n := float64(c.n); n > 0 {
		c.mean, c.right, c.brier = c.mean/n, c.right/n, c.brier/n
	}
	return c
}

func (c calibration) words() []string {
	judged := "as sure as you had reason to be"
	switch gap := c.mean - c.right; {
	case gap > 0.1:
		judged = "surer than you were right"
	case gap < -0.1:
		judged = "right more often than you dared to say"
	}
	lines := []string{fmt.Sprintf("Sure on average %.0f %%, right %.0f %%: %s.", 100*c.mean, 100*c.right, judged)}
	than := "about what saying 50 % each time gives"
	switch b := math.Round(100 * c.brier); {
	case b == 0:
		than = "sure, and right, each time"
	case b < 20:
		than = "you knew which of your guesses to trust"
	case b > 30:
		than = "worse than saying 50 % each time: when you were sure, you were often wrong"
	}
	lines = append(lines, fmt.Sprintf("Brier score %.2f: %s. (It is the mean square of how far \"how sure\" was from what came: 0 is best, 0.25 is saying 50 %% each time, 1 is being sure and wrong each time.)", c.brier, than))
	if c.n < 5 {
		lines = append(lines, fmt.Sprintf("With %s chance has a large part in this.", count(c.n, "guess", "guesses")))
	}
	return lines
}
