package clinic

import (
	"fmt"
	"io"
	"strings"
)

// unnamed is the id that lesson 12 has until a student writes their own.
const unnamed = "your id"

// Key writes the answers of lesson 12, for the night of a student's id; without
// one it is the night that the lesson begins with.
func Key(w io.Writer, id string) error {
	if id == "" {
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
	for i := 1; i <= Beds(); i++ {
		fmt.Fprintf(&b, "    %s: %s\n", Bed(i).Illness, strings.Join(Bed(i).Signs, ", "))
	}
	for s := 1; s < 200; s++ {
		if strings.Contains(patience(s), "solved. ") {
			fmt.Fprintf(&b, "  3. Patience: %d\n", s)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
