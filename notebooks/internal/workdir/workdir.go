// Package workdir keeps the reader's own copies of the lessons. A reader plays
// and writes in copies, so that the clone stays clean and an update of the book
// cannot overwrite anybody's work.
//
// The rules, applied to each lesson at each start:
//
//   - not there: it is copied. To get a fresh lesson, delete or rename yours;
//   - there, and the reader has not changed its cells since we put it there: it
//     is brought up to date. Running it is not a change: outputs come again.
//     Where only outputs are new, a lesson that was run keeps the reader's;
//   - there and changed, with no newer lesson: it is left alone;
//   - there and changed, with a newer lesson: it is left alone, and the new one
//     is put beside it once, as NAME.new.ipynb (NAME.new-2.ipynb if that is
//     changed too).
package workdir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// An Action is what Sync did with a lesson.
type Action int

// What can happen to a lesson. Kept and Same need no word to the reader.
const (
	Same    Action = iota // already there as it is in the book
	Kept                  // changed by the reader, nothing newer to offer
	Copied                // was not there
	Updated               // unchanged by the reader, replaced by a newer one
	Beside                // changed by the reader; the newer one was put beside
)

// A Result tells what became of one lesson.
type Result struct {
	Name   string // file name of the lesson
	Action Action
	Put    string // file name written, for Copied, Updated and Beside
}

// record is the file in the work folder that remembers what was put there. It
// is hidden: it is ours, the notebooks are the reader's.
const record = ".socketbook.json"

// A memory maps a file name in the work folder to what it was when we wrote it,
// and a lesson to the newest version shown to the reader.
type memory struct {
	Put     map[string]copied `json:"put"`
	Offered map[string]string `json:"offered"`
}

// copied tells two kinds of change apart: any byte, and what a person wrote.
type copied struct {
	Cells string `json:"cells"` // fingerprint
	Bytes string `json:"bytes"`
}

func newMemory() *memory { return &memory{Put: map[string]copied{}, Offered: map[string]string{}} }

// Sync brings the lessons (files of the clone) into dir, by the rules above.
// Results come in the order of lessons; on an error they tell what was done.
func Sync(dir string, lessons []string) ([]Result, error) {
	mem, err := recall(dir)
	if err != nil {
		return nil, err
	}
	results := make([]Result, 0, len(lessons))
	for _, lesson := range lessons {
		r, err := mem.sync(dir, lesson)
		if err != nil {
			return results, errors.Join(err, mem.save(dir)) // what was put must be remembered
		}
		results = append(results, r)
	}
	return results, mem.save(dir)
}

func recall(dir string) (*memory, error) {
	mem := newMemory()
	data, err := os.ReadFile(filepath.Join(dir, record))
	if errors.Is(err, fs.ErrNotExist) {
		return mem, nil
	}
	if err != nil {
		return nil, err
	}
	// A record that cannot be read is an empty one: every copy then counts as
	// changed, and nothing is overwritten.
	if json.Unmarshal(data, mem) != nil || mem.Put == nil || mem.Offered == nil {
		return newMemory(), nil
	}
	return mem, nil
}

func (m *memory) save(dir string) error {
	data, err := json.MarshalIndent(m, "", " ") // maps are written in key order
	if err != nil {
		return err
	}
	path := filepath.Join(dir, record)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	return write(path, data)
}

func (m *memory) sync(dir, lesson string) (Result, error) {
	name := filepath.Base(lesson)
	data, err := os.ReadFile(lesson)
	if err != nil {
		return Result{}, err
	}
	now := fingerprint(data)
	mine, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return Result{name, Copied, name}, m.put(dir, name, name, data)
	}
	if err != nil {
		return Result{}, err
	}
	switch have := fingerprint(mine); {
	case have == now && (sum(mine) == sum(data) || sum(mine) != m.Put[name].Bytes):
		m.Put[name], m.Offered[name] = copied{Cells: now, Bytes: sum(data)}, now
		return Result{name, Same, ""}, nil
	case have == m.Put[name].Cells:
		return Result{name, Updated, name}, m.put(dir, name, name, data)
	case m.Offered[name] == now:
		return Result{name, Kept, ""}, nil
	}
	free, err := m.freeName(dir, name)
	if err != nil {
		return Result{}, err
	}
	return Result{name, Beside, free}, m.put(dir, free, name, data)
}

// put writes a lesson under a name of the work folder and remembers it.
func (m *memory) put(dir, as, lesson string, data []byte) error {
	if err := write(filepath.Join(dir, as), data); err != nil {
		return err
	}
	print := fingerprint(data)
	m.Put[as], m.Offered[lesson] = copied{Cells: print, Bytes: sum(data)}, print
	return nil
}

// freeName is the first NAME.new.ipynb, NAME.new-2.ipynb … that is not there,
// or is one of ours that the reader left as it was.
func (m *memory) freeName(dir, name string) (string, error) {
	stem := strings.TrimSuffix(name, ".ipynb")
	for i := 1; i < 100; i++ {
		as := stem + ".new.ipynb"
		if i > 1 {
			as = fmt.Sprintf("%s.new-%d.ipynb", stem, i)
		}
		data, err := os.ReadFile(filepath.Join(dir, as))
		if errors.Is(err, fs.ErrNotExist) || err == nil && fingerprint(data) == m.Put[as].Cells {
			return as, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s has %s.new.ipynb to %s.new-99.ipynb, all changed: tidy up and start again", dir, stem, stem)
}

// write replaces a file whole or not at all.
func write(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Chmod(0o644)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
