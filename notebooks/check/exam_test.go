package check

import (
	"testing"
)

// references are the reference solutions with their exams.
func references() map[string]*exam {
	return map[string]*exam{
		"echo":    echoExam(echoReference),
		"length":  lengthExam(lengthReference),
		"event":   eventExam(eventReference),
		"cramped": crampedExam(eventReference),
		"ask":     askExam(askReference),
		"dial":    dialExam(dialReference),
		// One that serves many serves one after another, too.
		"echo by events": echoExam(eventReference),
	}
}

func TestReferencesPass(t *testing.T) {
	for name, e := range references() {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				e.seeds = 60
			}
			if o := e.examine(); o.state != solved {
				t.Errorf("%s. %s", o.state, o.text)
			}
		})
	}
}
