package grade

import (
	"cmp"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socketbook/notebooks/internal/ipynb"
)

// largest is the size beyond which a notebook is not read, in bytes.
const largest = 32 << 20

// lesson is a notebook of the book and what its exercises consist of.
type lesson struct {
	name      string
	cells     map[string]*ipynb.Cell
	support   []string // declarations that exercises may use
	exercises []exercise
}

// exercise is one of a lesson.
type exercise struct {
	number int
	id     string // of its cell
	call   string // its check: "check.Backlog"
}

// submission is a learner's notebook.
type submission struct {
	student, file string
	lesson        *lesson
	notebook      *ipynb.Notebook
}

var answerID = regexp.MustCompile(`^exercise-(\d+)-answer$`)

// readLesson takes the exercises and the declarations out of a lesson.
func readLesson(file string) (*lesson, error) {
	nb, err := ipynb.Read(file)
	if err != nil {
		return nil, err
	}
	l := &lesson{name: strings.TrimSuffix(filepath.Base(file), ".ipynb"), cells: map[string]*ipynb.Cell{}}
	for _, c := range nb.Cells {
		l.cells[c.ID] = c
		if c.Type != "code" {
			continue
		}
		p := takeApart(c.Source)
		m := answerID.FindStringSubmatch(c.ID)
		if m == nil {
			if strings.TrimSpace(p.decls) != "" && p.command == "" {
				l.support = append(l.support, p.decls)
			}
			continue
		}
		e := exercise{id: c.ID}
		fmt.Sscan(m[1], &e.number)
		if e.call = callIn(p.body); e.call == "" {
			return nil, fmt.Errorf("%s: cell %s does not end with one call of a check", file, c.ID)
		}
		l.exercises = append(l.exercises, e)
	}
	slices.SortFunc(l.exercises, func(a, b exercise) int { return cmp.Compare(a.number, b.number) })
	return l, nil
}

// collect finds the notebooks below dir: a folder for each learner, or a file for
// each. Links are not followed: they may lead to another's answers.
func collect(dir string, lessons []*lesson) (list []*submission, notes []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if d.IsDir() {
			if rel != "." && strings.HasPrefix(d.Name(), ".") { // .ipynb_checkpoints
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".ipynb" {
			return nil
		}
		if info, err := d.Info(); err != nil || !info.Mode().IsRegular() || info.Size() > largest {
			notes = append(notes, fmt.Sprintf("%s is not a file of at most %d MB: not read", rel, largest>>20))
			return nil
		}
		s := &submission{file: rel}
		first, _, nested := strings.Cut(filepath.ToSlash(rel), "/")
		if s.student = first; !nested {
			s.student = strings.TrimSuffix(first, ".ipynb")
		}
		if s.notebook, err = ipynb.Read(path); err != nil {
			notes = append(notes, fmt.Sprintf("%s cannot be read: %s", rel, strings.TrimPrefix(err.Error(), path+": ")))
			return nil
		}
		if s.lesson = lessonOf(s.notebook, d.Name(), lessons); s.lesson == nil {
			notes = append(notes, fmt.Sprintf("%s has no cell of a lesson: left out", rel))
			return nil
		}
		list = append(list, s)
		return nil
	})
	return list, notes, err
}

// lessonOf is the lesson with which a notebook has most cells in common. Names
// change on the way: "lesson (1).ipynb".
func lessonOf(nb *ipynb.Notebook, name string, lessons []*lesson) *lesson {
	var best *lesson
	most := 0
	for _, l := range lessons {
		if l.name+".ipynb" == name {
			return l
		}
		common := 0
		for _, c := range nb.Cells {
			if own := l.cells[c.ID]; own != nil && own.Source == c.Source {
				common++
			}
		}
		if common > most {
			best, most = l, common
		}
	}
	return best
}
