package ipynb

import (
	"path/filepath"
	"testing"
)

// liveNotebook is a notebook with one live cell.
func liveNotebook(source, said string) *Notebook {
	nb := notebookOf(out("stdout", said), html("<p>"+said))
	nb.Cells[0].Source, nb.Cells[0].Metadata["tags"] = source, []any{Live}
	return nb
}

func TestRecording(t *testing.T) {
	const here, there = "Linux 6.18, 2 CPUs", "Linux 5.15, 8 CPUs"
	was, fresh := liveNotebook("f()", "7 files"), liveNotebook("f()", "7 files")
	if _, ok := was.Cells[0].Recorded(); ok {
		t.Fatal("a cell that was never recorded has a recording")
	}
	KeepRecordings(was, fresh, there, false)

	// It survives the file.
	path := filepath.Join(t.TempDir(), "x.ipynb")
	if err := fresh.Write(path); err != nil {
		t.Fatal(err)
	}
	recorded, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := recorded.Cells[0].Recorded(); !ok || m != there {
		t.Fatalf("recorded on %q, %t; want %q", m, ok, there)
	}

	for name, c := range map[string]struct {
		source        string
		anew          bool
		said, machine string
	}{
		"kept":       {"f()", false, "7 files", there},
		"anew":       {"f()", true, "9 files", here},
		"other code": {"g()", false, "9 files", here},
	} {
		fresh := liveNotebook(c.source, "9 files")
		KeepRecordings(recorded, fresh, here, c.anew)
		m, ok := fresh.Cells[0].Recorded()
		if got := fresh.Cells[0].Outputs[0].Text; got != c.said || !ok || m != c.machine {
			t.Errorf("%s: says %q, recorded on %q, %t; want %q on %q", name, got, m, ok, c.said, c.machine)
		}
	}

	// A reader runs the cell and saves: that is not the recording any more.
	recorded.Cells[0].Outputs[0].Text = "12 files"
	if _, ok := recorded.Cells[0].Recorded(); ok {
		t.Error("the outputs of another run pass for the recording")
	}
}

func TestOnlyLiveCellsAreRecorded(t *testing.T) {
	was, fresh := notebookOf(out("stdout", "a")), notebookOf(out("stdout", "b"))
	KeepRecordings(was, fresh, "here", true)
	if fresh.Cells[0].Metadata["socketbook"] != nil || fresh.Cells[0].Outputs[0].Text != "b" {
		t.Errorf("a cell that is not live was recorded: %v", fresh.Cells[0])
	}
}
