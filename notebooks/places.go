package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"socketbook/notebooks/internal/setup"
)

// lessonPattern is how lessons are called: two digits set the reading order.
const lessonPattern = "[0-9][0-9]-*.ipynb"

// moduleRoot returns the folder of the clone. It looks upwards from the current
// folder, then from where this program was compiled.
func moduleRoot() (string, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	from := []string{cwd}
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		from = append(from, filepath.Dir(file))
	}
	return setup.ModuleRoot(from...)
}

// clone returns the folder of the clone, and the files of its lessons in
// reading order.
func clone() (root string, lessons []string, err error) {
	if root, err = moduleRoot(); err != nil {
		return "", nil, err
	}
	lessons, err = filepath.Glob(filepath.Join(root, "notebooks", lessonPattern))
	if err != nil {
		return "", nil, err
	}
	if len(lessons) == 0 {
		return "", nil, fmt.Errorf("no lessons in %s", filepath.Join(root, "notebooks"))
	}
	return root, lessons, nil
}

// usableWork refuses a work folder in which running a lesson would change the
// book itself.
func usableWork(work, root string) error {
	a, err := filepath.EvalSymlinks(work)
	if err != nil {
		return nil // not there yet: it will be a folder of its own
	}
	b, err := filepath.EvalSymlinks(filepath.Join(root, "notebooks"))
	if err == nil && a == b {
		return fmt.Errorf("-work %s is where the lessons themselves lie: running them there would change the book; give another folder", work)
	}
	return nil
}

// cacheFlag and workFlag are the same for every verb that has them.
func (c *command) cacheFlag() *string {
	return c.flags.String("cache", "", "`DIR` for what is prepared once (default $"+setup.CacheEnv+", or \"socketbook\" in your cache folder)")
}

func (c *command) workFlag() *string {
	return c.flags.String("work", "", "`DIR` for your own copies of the lessons (default \"socketbook\" in your home folder)")
}

// say prints the note of a folder that is not the usual one.
func (c *command) say(d setup.Dir) string {
	if d.Note != "" {
		c.log.Say("%s", d.Note)
	}
	return d.Path
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
