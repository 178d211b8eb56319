package check

import (
	"errors"
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"socketbook/charts"
	"socketbook/sockets"
)

// Guess is what a reader expects of an experiment, one value for each part of
// the question, and at the end, if they like, how sure they are:
// check.Guess{10, 20, 30, check.Sure(80)}. Empty means: not guessed yet.
//
// A value is a number, a word, a [sockets.State] or an errno. How it is spelled
// does not matter: 28232, "28,232"; sockets.EMFILE, "emfile"; sockets.CloseWait,
// "close-wait".
type Guess []any

// Sure says how sure a guess is, in percent: 0 to 100. It stands behind the
// values.
func Sure(percent float64) any { return sure(percent) }

type sure float64

// Within is an answer that is met by any number not further from value than so
// many percent of it, 0 to 100.
func Within(value any, percent float64) any { return within{value, percent} }

type within struct {
	value   any
	percent float64
}

// Reveal shows the answers of an experiment beside the guess. Without a guess it
// asks the question, and the answer is there to be unfolded.
func (g Guess) Reveal(question string, answers ...any) {
	charts.Display(g.html(question, answers), g.text(question, answers))
}

const noGuess = "No guess yet. Write one in the cell above, run that cell, then this one."

// text stands where nothing can be unfolded: an answer that was not asked for
// is left out.
func (g Guess) text(question string, answers []any) string {
	if why := g.unread(answers); why != "" {
		return question + "\n" + why + "\n"
	}
	return question + "\n" + g.compare(answers) + "\n"
}

func (g Guess) html(question string, answers []any) string {
	ask := "<p><strong>" + html.EscapeString(question) + "</strong></p>\n"
	if why := g.unread(answers); why != "" {
		return ask + "<details><summary>" + html.EscapeString(why) + " Or unfold the answer.</summary>\n" +
			"<p>It is <strong>" + html.EscapeString(list(answers)) + "</strong>.</p></details>\n"
	}
	return ask + "<p>" + html.EscapeString(g.compare(answers)) + "</p>\n"
}

// unread says why there is no guess to be compared, "" if there is one.
func (g Guess) unread(answers []any) string {
	values, _, _, err := g.parse()
	for _, a := range answers {
		if w, is := a.(within); is && !(w.percent >= 0 && w.percent <= 100) {
			return fmt.Sprintf("check.Within: percent is %v, allowed is 0 to 100.", w.percent)
		}
	}
	switch {
	case err != nil:
		return err.Error() + "."
	case len(values) == 0:
		return noGuess
	}
	return ""
}

// parse takes a guess apart: the values, and how sure it is, if it says so.
func (g Guess) parse() (values []any, percent float64, says bool, err error) {
	for i, v := range g {
		s, is := v.(sure)
		switch {
		case !is:
			values = append(values, v)
		case !(s >= 0 && s <= 100): // NaN too
			return nil, 0, false, fmt.Errorf("check.Sure: percent is %v, allowed is 0 to 100", float64(s))
		case i < len(g)-1:
			return nil, 0, false, fmt.Errorf("check.Sure(%v) is value %d of the guess, allowed is the last", float64(s), i+1)
		default:
			percent, says = float64(s), true
		}
	}
	return values, percent, says, nil
}

// compare says in a sentence or two how the guess did.
func (g Guess) compare(answers []any) string {
	values, _, _, _ := g.parse()
	said, is := list(values), list(answers)
	if len(values) != len(answers) {
		return fmt.Sprintf("The question has %s, your guess (%s) has %d. It is %s.", parts(len(answers)), said, len(values), is)
	}
	right, exact := hits(values, answers)
	switch {
	case exact == len(answers):
		return fmt.Sprintf("You said %s, and so it is.", said)
	case right == len(answers):
		return fmt.Sprintf("You said %s. It is %s: near enough.", said, is)
	case right == 0 || len(answers) == 1:
		return fmt.Sprintf("You said %s. It is %s.", said, is)
	}
	return fmt.Sprintf("You said %s. It is %s: %d of %d right.", said, is, right, len(answers))
}

// hits counts the values that are right, and those of them that need no
// tolerance.
func hits(values, answers []any) (right, exact int) {
	for i := range min(len(values), len(answers)) {
		answer, tolerance := answers[i], 0.0
		if w, is := answer.(within); is {
			answer, tolerance = w.value, w.percent/100
		}
		said, is := plain(values[i]), plain(answer)
		if said == is {
			right, exact = right+1, exact+1
			continue
		}
		x, err1 := strconv.ParseFloat(said, 64)
		y, err2 := strconv.ParseFloat(is, 64)
		switch {
		case err1 != nil || err2 != nil:
		case x == y:
			right, exact = right+1, exact+1
		case math.Abs(x-y) <= math.Abs(y)*tolerance:
			right++
		}
	}
	return right, exact
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

// word writes a value; whole numbers get their thousands separated, and an
// errno is its name.
func word(v any) string {
	if w, is := v.(within); is {
		v = w.value
	}
	s := name(v)
	if len(s) <= 3 || strings.Trim(s, "0123456789") != "" {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// name is a value in one word, where it has one.
func name(v any) string {
	if err, is := v.(error); is {
		var errno sockets.Errno
		if errors.As(err, &errno) {
			return errno.Name()
		}
	}
	if v == nil {
		return "no error"
	}
	return fmt.Sprint(v)
}

// plain is a value as it is compared: "28,232" is 28232, and "No" is "no". Of a
// word its hyphens do not count: CLOSE-WAIT is close_wait.
func plain(v any) string {
	s := strings.ToLower(strings.NewReplacer(",", "", "_", "", " ", "", "%", "").Replace(name(v)))
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		s = strings.ReplaceAll(s, "-", "")
	}
	if s == "nil" || s == "none" {
		return "noerror"
	}
	return s
}
