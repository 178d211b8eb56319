package clinic

import (
	"fmt"
	"io"
	"strings"

	"socketbook/notebooks/check"
)

// unnamed stands for the id of the night that lesson 12 shows to who has none.
const unnamed = "your id"

// Key writes the answers of lesson 12, for the night of a student's id; without
// one it is the night that the lesson begins with.
func Key(w io.Writer, id string) error {
	before := check.StudentID()
	defer check.Student(before)
	check.Student(id)
	if check.StudentID() == "" {
		id = unnamed
	}
	var b strings.Builder
	b.WriteString("\nLesson 12\n  The ward\n")
	for i := 1; i <= Beds(); i++ {
		fmt.Fprintf(&b, "    bed %d: %s\n", i, Bed(i).Illness)
	}
	fmt.Fprintf(&b, "  1. Discharge (the night of %q)\n", id)
	for i, p := range Emergency(id, 5) {
		fmt.Fprintf(&b, "    bed %d: %s\n", i+1, p.Illness)
	}
	b.WriteString("  2. Doctor: any function that tells the illnesses by their signs, for instance\n")
	for _, p := range course() {
		fmt.Fprintf(&b, "    %s: %s\n", p.Illness, strings.Join(p.Signs, ", "))
	}
	for s := 1; s < 500; s++ {
		if strings.Contains(patience(s), "solved. ") {
			retries, linear := synRetries()
			fmt.Fprintf(&b, "  3. Patience (tcp_syn_retries is %d and tcp_syn_linear_timeouts is %d): %d\n", retries, linear, s)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
