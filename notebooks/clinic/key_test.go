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
		if !strings.Contains(b.String(), "3. Patience (tcp_syn_retries is ") {
			t.Errorf("no answer to exercise 3:\n%s", b.String())
		}
	}
}

// The exercises differ from student to student, and the key knows how.
func TestStudentsDiffer(t *testing.T) {
	defer check.Student("")
	doctors, waits := map[string]bool{}, map[string]bool{}
	for _, id := range []string{"", "ada", "bob", "eve", "李雷"} {
		check.Student(id)
		signs := func(windows string) string {
			for _, p := range course() {
				if all(p.Signs, windows) {
					return p.Illness
				}
			}
			return ""
		}
		said := own("Doctor", doctor(signs))
		if !strings.HasPrefix(said, "Exercise 2: solved. ") {
			t.Errorf("%q: %s", id, said)
		}
		if lines := strings.Count(said, "\n"); lines != 1 || strings.Contains(said, "Yours is: ") != (id != "") {
			t.Errorf("%q: %s", id, said)
		}
		doctors[strings.Split(said, ". ")[1]] = true
		retries, linear := synRetries()
		sum := linear + 2<<retries - 1 // a second for each of the first, then 1, 2, 4 and so on
		said = own("Patience", patience(sum))
		if !strings.HasPrefix(said, "Exercise 3: solved. ") || strings.HasPrefix(patience(sum+1), "Exercise 3: solved. ") {
			t.Errorf("%q with %d and %d: %s", id, retries, linear, said)
		}
		waits[said] = true
	}
	if len(doctors) < 4 || len(waits) < 3 {
		t.Errorf("%d doctors, %d waits", len(doctors), len(waits))
	}
}

func all(signs []string, windows string) bool {
	for _, s := range signs {
		if !strings.Contains(windows, s) {
			return false
		}
	}
	return true
}
