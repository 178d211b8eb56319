package check

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"socketbook/sockets"
)

// exams are the exams that a replay string can name, by their answers' type.
func exams(answer any) []*exam {
	switch f := answer.(type) {
	case Server:
		return []*exam{echoExam(f), lengthExam(f), eventExam(f), crampedExam(f)}
	case Asker:
		return []*exam{askExam(f)}
	case Dialer:
		return []*exam{dialExam(f)}
	}
	return nil
}

// mostLines is how many calls of a run are shown, the first and the last.
const mostLines = 60

// Replay plays the run that an exercise has named once more, and prints what the
// answer's program called.
func Replay(text string, answer any) {
	out, err := replay(text, answer)
	if err != nil {
		out = err.Error() + ".\n"
	}
	fmt.Print(out)
}

func replay(text string, answer any) (string, error) {
	_, name, _ := strings.Cut(strings.TrimPrefix(text, "sockets:"), ":")
	name, _, _ = strings.Cut(name, "?")
	var e *exam
	var known []string
	for _, x := range exams(answer) {
		if known = append(known, x.name); x.name == name {
			e = x
		}
	}
	switch {
	case known == nil:
		return "", fmt.Errorf("check.Replay: answer is a %T, allowed is the function of an exercise that gave a replay string", answer)
	case e == nil:
		return "", fmt.Errorf("check.Replay: the string is of %q, and a function like this one answers %s", name, strings.Join(known, ", "))
	case reflect.ValueOf(answer).IsNil():
		return "", errors.New("check.Replay: answer is nil, allowed is the function of the exercise")
	}
	e.source = e.sourced()
	r, err := e.scenario(nil, nil, nil).ParseReplay(text)
	if err != nil {
		return "", fmt.Errorf("check.Replay: %w", err)
	}
	var strace string
	o := watched(func(p *pulse) (o outcome) {
		o, strace = e.play(r.Seed(), e.faultsOf(r), p, sockets.Record())
		return o
	})
	said := "In this run your answer does what it should."
	if o.state != solved {
		said = o.text
	}
	return middleOut(strace) + said + "\n", nil
}

// middleOut leaves out the middle of a long text.
func middleOut(text string) string {
	lines := strings.SplitAfter(text, "\n")
	if len(lines) <= mostLines {
		return text
	}
	const half = mostLines / 2
	return strings.Join(lines[:half], "") + fmt.Sprintf("… %s lines …\n", word(len(lines)-mostLines)) + strings.Join(lines[len(lines)-half:], "")
}
