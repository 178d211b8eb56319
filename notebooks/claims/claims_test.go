package claims

import (
	"os"
	"regexp"
	"testing"
)

// TestTable holds every claim against what a reader of the list may rely on.
func TestTable(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	seen := map[string]bool{}
	last := 0
	for _, c := range All() {
		if !id.MatchString(c.ID) {
			t.Errorf("id %q is not words in lower case joined by hyphens", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("id %s is there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Says == "" || (c.Runs == "") != (c.Verdict == Holds) {
			t.Errorf("%s (%s): says %q, runs %q; all but what holds must say what runs", c.ID, c.Verdict, c.Says, c.Runs)
		}
		if c.Lesson < last || c.Lesson > 12 {
			t.Errorf("%s: lesson %d is out of order (after %d)", c.ID, c.Lesson, last)
		}
		last = c.Lesson
		if got, ok := Find(c.ID); !ok || got != c {
			t.Errorf("Find(%q) = %v, %v", c.ID, got, ok)
		}
	}
	if _, ok := Find("no-such-claim"); ok {
		t.Error("Find found a claim that is not there")
	}
}

// TestPage fails when the page was not written anew after the table changed.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../claims.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Markdown() {
		t.Error("notebooks/claims.md is not what the table says: run go generate ./notebooks/claims")
	}
}
