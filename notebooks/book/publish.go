package book

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// marker is a file of every book: a folder with it may be overwritten.
const marker = ".socketbook"

const markerText = "An HTML book made by \"go run ./notebooks export\", which may replace the files named here.\n"

// CheckOut reports whether a book may be written to dir: it is not there, it is
// empty, or it is an earlier book.
func CheckOut(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if fi, serr := os.Stat(dir); serr == nil && !fi.IsDir() {
			return fmt.Errorf("%s is a file: -o wants a folder", dir)
		}
		return err
	case len(entries) == 0:
		return nil
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == marker }) {
		return nil
	}
	return fmt.Errorf("%s has files that are not a book of ours (such as %s): give a new or an empty folder with -o", dir, entries[0].Name())
}

// publish makes out hold the files of html, and takes away those of an earlier
// book that are no longer in it. Files that no book put there are left alone.
func publish(html, out string) error {
	files, err := bookFiles(html)
	if err != nil {
		return err
	}
	old := earlierFiles(out)
	// The marker goes first: a book that was cut short can be written again.
	// .nojekyll: some hosts drop folders that begin with "_" without it.
	record := markerText + strings.Join(files, "\n") + "\n"
	if err := place(out, marker, []byte(record)); err != nil {
		return err
	}
	if err := place(out, ".nojekyll", nil); err != nil {
		return err
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(html, name))
		if err != nil {
			return err
		}
		if err := place(out, name, data); err != nil {
			return err
		}
	}
	for _, name := range old {
		if !slices.Contains(files, name) {
			os.Remove(filepath.Join(out, name))
			os.Remove(filepath.Dir(filepath.Join(out, name))) // goes if it is empty
		}
	}
	return nil
}

func place(out, name string, data []byte) error {
	to := filepath.Join(out, name)
	err := os.MkdirAll(filepath.Dir(to), 0o755)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("cannot write the book: %w; another folder can be given with -o", err)
	}
	return nil
}

// earlierFiles reads what an earlier book put into out.
func earlierFiles(out string) []string {
	data, _ := os.ReadFile(filepath.Join(out, marker))
	var files []string
	for name := range strings.Lines(strings.TrimPrefix(string(data), markerText)) {
		if name = strings.TrimSuffix(name, "\n"); filepath.IsLocal(name) {
			files = append(files, name)
		}
	}
	return files
}

// bookFiles lists what Sphinx made, less its own records.
func bookFiles(html string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(html, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(html, p)
		if name != ".buildinfo" && name != "objects.inv" {
			files = append(files, name)
		}
		return err
	})
	slices.Sort(files)
	if err == nil && !slices.Contains(files, "index.html") {
		err = errors.New("no index.html was made")
	}
	return files, err
}
