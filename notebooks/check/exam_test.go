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
	for _, id := range someStudents(t) {
		t.Run("student="+id, func(t *testing.T) {
			as(t, id)
			referencesPass(t)
		})
	}
}

// someStudents are nobody and a few; in a hurry nobody alone.
func someStudents(t *testing.T) []string {
	if testing.Short() {
		return []string{""}
	}
	return []string{"", "ada", "李雷"}
}

func referencesPass(t *testing.T) {
	for name, e := range references() {
		t.Run(name, func(t *testing.T) {
			if testing.Short() || student != "" {
				e.seeds = 60
			}
			equip(e.variant)
			if o := e.examine(); o.state != solved {
				t.Errorf("%s. %s", o.state, o.text)
			}
		})
	}
}
