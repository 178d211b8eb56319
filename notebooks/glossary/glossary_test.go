package glossary

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	last := ""
	for _, term := range All() {
		for _, n := range append([]string{term.Name}, term.Also...) {
			if seen[key(n)] {
				t.Errorf("%s is there twice", n)
			}
			seen[key(n)] = true
			if got, ok := Find(strings.ToUpper(n)); !ok || got.Name != term.Name {
				t.Errorf("Find(%q) = %v, %t", n, got.Name, ok)
			}
		}
		if k := strings.ReplaceAll(key(term.Name), "-", " "); k < last {
			t.Errorf("%s is out of order", term.Name)
		} else {
			last = k
		}
		if n := strings.Count(term.Means, ". ") + 1; n > 3 || len(term.Means) > 200 || !strings.HasSuffix(strings.TrimRight(term.Means, `"`), ".") && !strings.HasSuffix(term.Means, "?") {
			t.Errorf("%s: want one or two sentences, not %q", term.Name, term.Means)
		}
	}
	if _, ok := Find("no such term"); ok {
		t.Error("Find found a term that is not there")
	}
}

func TestBold(t *testing.T) {
	got := Bold("a **port**, a **`bind`**, 2 ** 3 ** 4, ```\n**code**\n``` and **two\nwords** or ****")
	if want := []string{"port", "bind", "two words"}; !slices.Equal(got, want) {
		t.Errorf("Bold = %q, want %q", got, want)
	}
}
