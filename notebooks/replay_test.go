package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
)

// figureCells are the cells of the lessons that show figures.
func figureCells(t *testing.T) map[string][]*ipynb.Cell {
	t.Helper()
	cells := map[string][]*ipynb.Cell{}
	for _, file := range lessons(t) {
		nb, err := ipynb.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range nb.Cells {
			if len(figuresOf(c)) > 0 {
				cells[file] = append(cells[file], c)
			}
		}
	}
	return cells
}

// TestEveryFigureSaysWhatReplaysIt: beneath each figure of a lesson stands its
// string, once, and it names this figure and no other.
func TestEveryFigureSaysWhatReplaysIt(t *testing.T) {
	shown := map[string]string{} // by string: where
	for file, cells := range figureCells(t) {
		for _, c := range cells {
			where := file + ", cell " + c.ID
			for _, f := range figuresOf(c) {
				switch other := shown[f.replay]; {
				case f.replay == "":
					t.Errorf("%s: no replay string beneath %q", where, f.text)
				case !replayString.MatchString(f.replay):
					t.Errorf("%s: the verb replay does not take %q", where, f.replay)
				case other != "" && other != where:
					t.Errorf("%s and %s both show %s", other, where, f.replay)
				}
				shown[f.replay] = where
			}
		}
	}
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`notebooks replay (\S+)`).FindSubmatch(readme); m == nil || shown[string(m[1])] == "" {
		t.Errorf("README replays %q, which no lesson shows", m)
	}
	if len(shown) < 20 {
		t.Errorf("%d figures in the lessons; they cannot all have gone", len(shown))
	}
}

// TestReplay plays a figure that was drawn from a tape, one of the capacity model and
// one of a patient, each alone, and gets them again. (TestLessons runs all cells, in
// order, and compares what stands beneath their figures too.)
func TestReplay(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the bundled kernel needs a Unix")
	}
	cells := figureCells(t)
	for _, where := range []struct{ file, id string }{
		{"02-a-server-claims-a-port.ipynb", "restart-states"},
		{"07-descriptors.ipynb", "nofile-picture"},
		{"12-symptom-clinic.ipynb", "bed-3-answer"},
	} {
		t.Run(where.id, func(t *testing.T) {
			var was []shownFigure
			for _, c := range cells[where.file] {
				if c.ID == where.id {
					was = figuresOf(c)
				}
			}
			if len(was) != 1 {
				t.Fatalf("the cell shows %d figures", len(was))
			}
			if file, id, err := findFigure(lessons(t), was[0].replay); file != where.file || id != where.id {
				t.Fatalf("found in %s, cell %s, %v", file, id, err)
			}
			again, err := playAgain(t.Context(), where.file, where.id, lessonBuilder())
			if err != nil {
				t.Fatal(err)
			}
			if now := figuresOf(again); len(now) != 1 || now[0] != was[0] {
				t.Errorf("it gives %+v, was %+v", now, was)
			}
		})
	}
}

// TestReplayOfAChangedProgram: other numbers are another string, which no lesson has.
func TestReplayOfAChangedProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the bundled kernel needs a Unix")
	}
	const lesson, id = "03-the-waiting-line.ipynb", "staircase"
	data, err := os.ReadFile(lesson)
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(t.TempDir(), "mine.ipynb")
	if err := os.WriteFile(mine, []byte(strings.Replace(string(data), "fifty(5)\\n\",\n    \"fiftyGuess.Show", "fifty(6)\\n\",\n    \"fiftyGuess.Show", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := playAgain(t.Context(), mine, id, lessonBuilder())
	if err != nil {
		t.Fatal(err)
	}
	figures := figuresOf(again)
	if len(figures) != 1 || !strings.Contains(figures[0].text, "7 places") {
		t.Fatalf("the change does not show: %+v", figures)
	}
	if file, _, err := findFigure(lessons(t), figures[0].replay); err == nil {
		t.Errorf("a backlog of 6 has the string of %s", file)
	}
}

func TestReplayMistakesAreNamed(t *testing.T) {
	alone(t)
	for args, want := range map[string]string{
		"":                              "the string beneath a figure",
		"sockets:v1:bulk?seed=7":        "go run ./sockets/cmd/replay 'sockets:v1:bulk?seed=7'",
		"Ladder":                        "not what stands beneath a figure",
		"ladder-30g9wswmjvcn4":          "none of 2 notebooks shows",
		"ladder-30g9wswmjvcn4 no.ipynb": "no.ipynb",
	} {
		status, stdout, stderr := call(t, append([]string{"replay"}, strings.Fields(args)...)...)
		if status == exitOK || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("replay %s: status %d, %q, %q; want one line with %q", args, status, stdout, stderr, want)
		}
	}
}
