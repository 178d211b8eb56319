package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"socketbook/charts"
	"socketbook/notebooks/book"
	"socketbook/notebooks/internal/setup"
)

var exportVerb = verb{
	name:  "export",
	args:  "-o DIR [flags] [notebooks]",
	short: "write the HTML book to DIR/index.html",
	long: `Writes the HTML book to DIR/index.html: pages that need no network, and no
scripts either. It is made from the outputs saved in the notebooks (all lessons,
or the files named), without running them; the same notebooks give the same
bytes. DIR must be new, empty, or an earlier book.`,
	run: export,
}

func export(ctx context.Context, c *command) error {
	out := c.flags.String("o", "", "`DIR` of the book")
	repo := c.flags.String("repo", "", "`URL` of this project's Git repository: each lesson then has a link to Binder")
	hub := c.flags.String("hub", "", "`URL` of a JupyterHub with nbgitpuller: each lesson then has a link to it (wants -repo)")
	cacheDir := c.cacheFlag()
	if err := c.parse(-1); err != nil {
		return err
	}
	if *out == "" {
		return fmt.Errorf("export wants -o DIR, the folder of the book (%w)", errUsage)
	}
	places, err := book.NewPlaces(*repo, *hub)
	if err != nil {
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	notebooks, err := c.notebooks()
	if err != nil {
		return err
	}
	cache, err := setup.CacheDir(*cacheDir)
	if err != nil {
		return err
	}
	// What can fail at once is tried before what takes minutes.
	if err := book.CheckOut(*out); err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if err := needGo(ctx, root); err != nil {
		return err
	}
	python, err := setup.Book.Ensure(ctx, c.say(cache), c.log)
	if err != nil {
		return waysOn(err)
	}
	os.Setenv(charts.CacheEnv, cache.Path) // where what draws the charts lies, or is put
	library, err := charts.Library()
	if err != nil {
		return fmt.Errorf("the chart library: %w", err)
	}
	engine, err := book.Engine(ctx, root, cache.Path, c.log)
	if err != nil {
		return fmt.Errorf("the engine of the controls: %w", err)
	}
	err = book.Export(ctx, book.Options{Notebooks: notebooks, Out: *out, Python: python, Library: []byte(library), Engine: engine, Places: places, Log: c.log})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, filepath.Join(*out, "index.html"))
	return nil
}

// notebooks returns the files named, or all lessons of the clone. The number of a
// lesson names it, too.
func (c *command) notebooks() ([]string, error) {
	_, lessons, err := clone()
	if len(c.args) == 0 {
		return lessons, err
	}
	files := []string{}
	for _, arg := range c.args {
		if _, err := os.Stat(arg); err != nil {
			i := slices.IndexFunc(lessons, func(file string) bool { return numbered(filepath.Base(file), arg) })
			if i < 0 {
				return nil, fmt.Errorf("%q is neither a notebook nor the number of a lesson (1 to %d)", arg, len(lessons))
			}
			arg = lessons[i]
		}
		files = append(files, arg)
	}
	return files, nil
}

// numbered reports whether a lesson, such as 03-the-waiting-line.ipynb, has that
// number, written 3 or 03.
func numbered(lesson, number string) bool {
	want, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return false
	}
	return strings.HasPrefix(lesson, fmt.Sprintf("%02d-", want))
}
