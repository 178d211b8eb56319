package book

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
)

func TestPlaces(t *testing.T) {
	for _, x := range []struct{ repo, hub, binder, jupyterhub string }{
		{"", "", "", ""},
		{"https://github.com/some/book.git", "", "https://mybinder.org/v2/gh/some/book/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F01-a.ipynb", ""},
		{"https://example.org/group/sub/book/", "https://hub.example.org/", "https://mybinder.org/v2/git/https%3A%2F%2Fexample.org%2Fgroup%2Fsub%2Fbook/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F01-a.ipynb",
			"https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fexample.org%2Fgroup%2Fsub%2Fbook&urlpath=lab%2Ftree%2Fbook%2Fnotebooks%2F01-a.ipynb"},
	} {
		p, err := NewPlaces(x.repo, x.hub)
		if err != nil {
			t.Errorf("%q, %q: %v", x.repo, x.hub, err)
		}
		if got := p.binder("01-a"); got != x.binder {
			t.Errorf("%q: Binder is at %q; want %q", x.repo, got, x.binder)
		}
		if got := p.jupyterhub("01-a"); got != x.jupyterhub {
			t.Errorf("%q: the hub is at %q; want %q", x.hub, got, x.jupyterhub)
		}
	}
	for _, bad := range [][2]string{{"github.com/a/b", ""}, {"javascript:alert(1)", ""}, {"https://", ""}, {"https://example.org", ""},
		{"https://user:secret@example.org/a/b", ""}, {"", "https://hub.example.org"}, {"https://example.org/a/b", "hub"}, {"https://example.org/a/b?x", ""}} {
		if _, err := NewPlaces(bad[0], bad[1]); err == nil {
			t.Errorf("-repo %q -hub %q: taken", bad[0], bad[1])
		}
	}
}

// A lesson in the book is there to be taken away too, and says so; where it
// could be run is said only if somebody has.
func TestLinksOfALesson(t *testing.T) {
	const nb = `{"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":["# One"]},
		{"cell_type":"code","id":"b","metadata":{},"execution_count":3,"source":["1"],"outputs":[{"output_type":"stream","name":"stdout","text":["x"]}]}],
		"metadata":{},"nbformat":4,"nbformat_minor":5}`
	file := put(t, t.TempDir(), "01-one.ipynb", nb)
	for repo, want := range map[string]int{"": 1, "https://example.org/a/book": 2} {
		places, err := NewPlaces(repo, "")
		if err != nil {
			t.Fatal(err)
		}
		src := filepath.Join(t.TempDir(), "src")
		if err := stageSources(src, Options{Notebooks: []string{file}, Library: []byte("lib"), Places: places}); err != nil {
			t.Fatal(err)
		}
		page, err := ipynb.Read(filepath.Join(src, "01-one.ipynb"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(page.Cells[1].Source, "<a href="); got != want {
			t.Errorf("-repo %q: %d links in %q; want %d", repo, got, page.Cells[1].Source, want)
		}
		taken, err := os.ReadFile(filepath.Join(src, lessonFile("01-one")))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(taken), `"x"`) || strings.Contains(string(taken), "lesson-links") {
			t.Errorf("the lesson to take away is not as it was written:\n%s", taken)
		}
	}
}

// Every control belongs to a lesson, and stands in one only.
func TestControlsHaveALesson(t *testing.T) {
	docs := []string{"02-a-server-claims-a-port", "03-the-waiting-line", "05-from-the-card-to-read", "06-tcp-loses-nothing", "07-descriptors", "08-tuples", "09-memory"}
	seen := map[string]int{}
	for _, doc := range docs {
		for _, c := range controlsOf(doc, docs) {
			seen[c.Name]++
		}
	}
	for name := range lessonsOf {
		if seen[name] != 1 {
			t.Errorf("the control %s stands in %d lessons", name, seen[name])
		}
	}
	if len(seen) != len(lessonsOf) {
		t.Errorf("controls in lessons: %v", seen)
	}
}
