package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/grade"
	"socketbook/notebooks/internal/setup"
)

var gradeVerb = verb{
	name:  "grade",
	args:  "[flags] DIR",
	short: "check the notebooks of a class, offline",
	long: `Checks the exercises in all notebooks below DIR, a folder for each learner. The
answers are taken out of the notebooks and run anew, each in a process of its own
with limits on time, memory and files, and on Linux without sight of the machine;
what a notebook says it printed counts for nothing. Writes a page and a line of CSV
for each student, and a page for the class.`,
	run: gradeClass,
}

func gradeClass(ctx context.Context, c *command) error {
	out := c.flags.String("o", "grades", "`DIR` for the report")
	ids := c.flags.Bool("ids", false, "give each learner the variants of their folder's name, as check.Student(NAME) does")
	jobs := c.flags.Int("jobs", 2, "`N` notebooks at a time")
	timeout := c.flags.Duration("timeout", 30*time.Second, "`TIME` that an answer may take")
	cacheDir := c.cacheFlag()
	if err := c.parse(1); err != nil {
		return err
	}
	if len(c.args) == 0 {
		return fmt.Errorf("grade wants the folder with the learners' notebooks (%w)", errUsage)
	}
	if *jobs < 1 || *timeout <= 0 {
		return fmt.Errorf("-jobs %d -timeout %v: both must be positive (%w)", *jobs, *timeout, errUsage)
	}
	if err := setup.CouldWrite(*out, "o"); err != nil {
		return err
	}
	root, lessons, err := clone()
	if err != nil {
		return err
	}
	if err := c.readyCells(ctx, *cacheDir, root); err != nil {
		return err
	}
	step := c.log.Start("checking " + filepath.Base(c.args[0]))
	defer step.Fail()
	class, err := grade.Run(ctx, grade.Options{
		Dir: c.args[0], Lessons: lessons, Builder: cell.NewBuilder(root), IDs: *ids, Jobs: *jobs, Timeout: *timeout,
		Progress: func(done, total int, file string) { step.Note("%d of %d notebooks", done, total) },
	})
	if err != nil {
		return err
	}
	files, err := class.Write(*out)
	if err != nil {
		return err
	}
	step.Done(fmt.Sprintf("%s, %d pages and tables in %s", count(len(class.Students), "student"), len(files), *out))
	for _, note := range class.Notes {
		c.log.Say("left out: %s", note)
	}
	for _, s := range class.Students {
		fmt.Fprintf(c.stdout, "%-30s %3d of %d solved\n", s.Name, s.Solved(), s.Of())
	}
	return nil
}
