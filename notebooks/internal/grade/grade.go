package grade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
)

// Options of a run over a class.
type Options struct {
	Dir     string   // the learners' notebooks
	Lessons []string // files of the book
	Builder *cell.Builder
	// IDs gives each learner the variants that belong to the name of their folder, see
	// check.Student. Default: those of the id in the notebook, or the lesson's.
	IDs bool
	// Jobs is how many notebooks are checked at a time. Default: two.
	Jobs int
	// Timeout of one answer, compiling included. Default: 30 s.
	Timeout time.Duration
	// Progress is told after each notebook.
	Progress func(done, total int, file string)
}

// Class is what came of it.
type Class struct {
	Students []*Student
	Lessons  []string // that somebody handed in, in reading order
	Notes    []string // files that were left out
	Jail     string   // how answers were held
}

// Student is one learner.
type Student struct {
	Name    string
	Lessons []*Lesson
}

// Lesson is a learner's notebook.
type Lesson struct {
	Name, File string
	ID         string // for check.Student; may be empty
	Exercises  []Exercise
}

// Exercise is what an answer came to.
type Exercise struct {
	Number int
	State  string // one of those below
	Text   string // why
	Answer string // the learner's cell
}

// What an answer can come to. The first three are the check's own words.
const (
	Solved  = "solved"
	Wrong   = "not quite"
	Open    = "not solved yet"
	Missing = "not handed in"
	Broken  = "does not compile"
	Failed  = "fails"           // it panics, or breaks a limit
	Look    = "to be looked at" // it was not run, or its output is not the check's alone
)

// Solved counts the exercises that are solved, and Of all there are.
func (s *Student) Solved() (n int) {
	for _, l := range s.Lessons {
		n += l.Solved()
	}
	return n
}

// Of counts the exercises of the lessons that were handed in.
func (s *Student) Of() (n int) {
	for _, l := range s.Lessons {
		n += len(l.Exercises)
	}
	return n
}

// Solved counts the exercises that are solved.
func (l *Lesson) Solved() (n int) {
	for _, e := range l.Exercises {
		if e.State == Solved {
			n++
		}
	}
	return n
}

// Run checks all notebooks of a class.
func Run(ctx context.Context, opts Options) (*Class, error) {
	var lessons []*lesson
	for _, file := range opts.Lessons {
		l, err := readLesson(file)
		if err != nil {
			return nil, err
		}
		if len(l.exercises) > 0 {
			lessons = append(lessons, l)
		}
	}
	list, notes, err := collect(opts.Dir, lessons)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no notebook of a lesson in %s; there should be a folder for each learner, with notebooks in it", opts.Dir)
	}
	g := &grader{Options: opts, jail: newJail(ctx)}
	if g.Jobs <= 0 {
		g.Jobs = 2
	}
	if g.Timeout <= 0 {
		g.Timeout = 30 * time.Second
	}
	results := g.all(ctx, list)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return assemble(list, results, notes, g.jail.String()), nil
}

// grader checks notebooks.
type grader struct {
	Options
	jail *jail
}

func (g *grader) all(ctx context.Context, list []*submission) []*Lesson {
	results := make([]*Lesson, len(list))
	var mu sync.Mutex
	done := 0
	next := make(chan int)
	var wg sync.WaitGroup
	for range g.Jobs {
		wg.Go(func() {
			for i := range next {
				results[i] = g.notebook(ctx, list[i])
				mu.Lock()
				if done++; g.Progress != nil {
					g.Progress(done, len(list), list[i].file)
				}
				mu.Unlock()
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

func assemble(list []*submission, results []*Lesson, notes []string, jail string) *Class {
	c := &Class{Notes: notes, Jail: jail}
	students := map[string]*Student{}
	for i, s := range list {
		if students[s.student] == nil {
			students[s.student] = &Student{Name: s.student}
		}
		students[s.student].Lessons = append(students[s.student].Lessons, results[i])
		if !slices.Contains(c.Lessons, s.lesson.name) {
			c.Lessons = append(c.Lessons, s.lesson.name)
		}
	}
	slices.Sort(c.Lessons)
	for _, name := range slices.Sorted(maps.Keys(students)) {
		s := students[name]
		slices.SortStableFunc(s.Lessons, func(a, b *Lesson) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.File, b.File)) })
		c.Students = append(c.Students, s)
	}
	return c
}

// notebook checks one notebook.
func (g *grader) notebook(ctx context.Context, s *submission) *Lesson {
	result := &Lesson{Name: s.lesson.name, File: filepath.ToSlash(s.file), ID: studentID(s.notebook)}
	if g.IDs {
		result.ID = s.student
	}
	fail := func(err error) *Lesson {
		for _, e := range s.lesson.exercises {
			result.Exercises = append(result.Exercises, Exercise{Number: e.number, State: Look, Text: "the lesson could not be prepared: " + err.Error()})
		}
		return result
	}
	support := s.lesson.supportFor(result.ID)
	engine, err := cell.New(cell.Options{
		Builder: g.Builder, Shell: "false", Confine: g.jail.confine,
		Limits: cell.Limits{Text: mostText, Displays: 1 << 20, Processes: 32, Memory: 1 << 30},
	})
	if err != nil {
		return fail(err)
	}
	if err := g.declare(ctx, engine, support); err != nil {
		return fail(errors.Join(err, engine.Close()))
	}
	_ = g.declare(ctx, engine, g.extras(s, support)) // what does not compile is forgotten
	// Nothing of one answer is left for the next.
	restore := engine.Keep()
	for _, e := range s.lesson.exercises {
		result.Exercises = append(result.Exercises, g.exercise(ctx, engine, s, e, namesIn(support, takeApart(s.lesson.cells[e.id].Source).body)))
		restore()
	}
	if err := engine.Close(); err != nil {
		return fail(err)
	}
	return result
}

// declare gives an engine declarations; nothing of them runs but their values.
func (g *grader) declare(ctx context.Context, engine *cell.Engine, text string) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	return engine.Run(ctx, cell.Request{Code: text, Count: 1}, &words{})
}

// studentCall is where a learner writes their id: check.Student gives the exercises
// variants of their own, clinic.Emergency a night of patients.
var studentCall = regexp.MustCompile(`\b((?:check\.Student|clinic\.Emergency)\()"([^"\\]{0,100})"`)

// nobody is the id that a notebook has until a learner writes their own.
func nobody(id string) bool { return id == "" || id == "your id" }

func declaresID(text string) bool { return studentCall.MatchString(text) }

// supportFor is what the lesson declares, with the id of a learner where it has none.
func (l *lesson) supportFor(id string) string {
	text := strings.Join(l.support, "\n") + "\n"
	if nobody(id) {
		return text
	}
	return studentCall.ReplaceAllStringFunc(text, func(call string) string {
		return studentCall.FindStringSubmatch(call)[1] + strconv.Quote(id)
	})
}

// studentID is the id that a learner wrote into the notebook.
func studentID(nb *ipynb.Notebook) string {
	for _, c := range nb.Cells {
		if m := studentCall.FindStringSubmatch(c.Source); m != nil && c.Type == "code" && !nobody(m[2]) {
			return m[2]
		}
	}
	return ""
}

// extras are declarations in cells that the lesson does not have, as far as they may
// be used.
func (g *grader) extras(s *submission, support string) string {
	known := namesIn(support, "")
	for name := range known {
		known[name] = true // an extra declaration replaces none of the lesson's
	}
	var texts []string
	for _, c := range s.notebook.Cells {
		p := takeApart(c.Source)
		if c.Type != "code" || s.lesson.cells[c.ID] != nil || strings.TrimSpace(p.decls) == "" || declaresID(p.decls) {
			continue
		}
		if vet(parts{decls: p.decls, command: p.command}, known) == "" {
			texts = append(texts, p.decls)
		}
	}
	return strings.Join(texts, "\n")
}

// answerTo finds the cell with an answer: by its identity or, where a front end has
// given cells new ones, by its check.
func (s *submission) answerTo(e exercise) *ipynb.Cell {
	var byCall *ipynb.Cell
	for _, c := range s.notebook.Cells {
		switch {
		case c.Type != "code":
		case c.ID == e.id:
			return c
		case callIn(takeApart(c.Source).body) == e.call:
			byCall = c
		}
	}
	return byCall
}

const mostText = 256 << 10 // bytes that an answer may print

// exercise runs one answer.
func (g *grader) exercise(ctx context.Context, engine *cell.Engine, s *submission, e exercise, known map[string]bool) Exercise {
	c := s.answerTo(e)
	if c == nil {
		return Exercise{Number: e.number, State: Missing, Text: "There is no cell with an answer."}
	}
	result := Exercise{Number: e.number, Answer: c.Source}
	p := takeApart(c.Source)
	if problem := vet(p, known); problem != "" {
		result.State, result.Text = Look, "Not run: "+problem+"."
		return result
	}
	if call := callIn(p.body); call != e.call {
		result.State, result.Text = Look, fmt.Sprintf("Not run: it does not end with %s(…) alone.", e.call)
		if _, err := parseBody(p.body); err != nil {
			result.State, result.Text = Broken, err.Error()
		}
		return result
	}
	ctx, cancel := context.WithTimeoutCause(ctx, g.Timeout, fmt.Errorf("no end after %v", g.Timeout))
	defer cancel()
	out := &words{}
	err := engine.Run(ctx, cell.Request{Code: p.decls + "\n%%\n" + p.body, Count: 2}, out)
	result.State, result.Text = outcome(e.number, out, err)
	return result
}

// words is what an answer printed.
type words struct{ stdout, stderr strings.Builder }

func (w *words) Stream(name, text string) {
	if name == "stdout" {
		w.stdout.WriteString(text)
	} else {
		w.stderr.WriteString(text)
	}
}

func (w *words) Display(cell.Display) {}

// outcome reads what the check printed.
func outcome(number int, w *words, err error) (state, text string) {
	if failed, ok := errors.AsType[*cell.Error](err); ok {
		switch failed.Name {
		case "CompileError":
			return Broken, failed.Value
		case "KernelError":
			return Look, failed.Value
		case "ExitError":
			first, _, _ := strings.Cut(strings.TrimSpace(w.stderr.String()), "\n")
			return Failed, strings.TrimSpace(failed.Value + ". " + first)
		}
		return Failed, failed.Value
	}
	said, mark := w.stdout.String(), fmt.Sprintf("Exercise %d: ", number)
	if w.stdout.Len() >= mostText {
		return Look, "It printed more than is read."
	}
	if strings.Count(said, "Exercise ") != 1 {
		return Look, "The check speaks once; here there are more lines like its own, or none."
	}
	for line := range strings.Lines(said) {
		rest, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), mark)
		if !ok {
			continue
		}
		for _, state := range []string{Solved, Wrong, Open} {
			if why, ok := strings.CutPrefix(rest, state+"."); ok {
				return state, strings.TrimSpace(why)
			}
		}
	}
	return Look, "The check's line was not found."
}
