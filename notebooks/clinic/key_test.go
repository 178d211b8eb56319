package clinic

import (
	"strings"
	"testing"

	"socketbook/notebooks/check"
)

// The key of a night lets everybody of that night go home.
func TestKey(t *testing.T) {
	for _, id := range []string{"", "ada"} {
		var b strings.Builder
		if err := Key(&b, id); err != nil {
			t.Fatal(err)
		}
		if id == "" {
			id = unnamed
		}
		_, night, _ := strings.Cut(b.String(), "the night of")
		night, _, _ = strings.Cut(night, "2. Doctor")
		var said []check.Guess
		for _, line := range strings.Split(night, "\n")[1:] {
			if _, illness, found := strings.Cut(line, ": "); found {
				said = append(said, check.Guess{illness})
			}
		}
		if got := discharge(Emergency(id, 5), said); !strings.Contains(got, "All of them may go home") {
			t.Errorf("the key of %q:\n%s\n%s", id, b.String(), got)
		}
		if !strings.Contains(b.String(), "3. Patience: 1") {
			t.Errorf("no answer to exercise 3:\n%s", b.String())
		}
	}
}
