// Package ipynb reads, writes, strips and compares notebooks in Jupyter's file
// format, nbformat 4.5, without Python.
//
// What is read is written back byte for byte as Jupyter would write it: one
// space of indent, keys in order, texts as lists of lines, a newline at the end.
// Fields that this package does not know are kept.
//
// Start with [Read] and [Notebook.Write]. [Notebook.Strip] removes what changes
// from run to run (counters, times, the language's version), and [Compare] tells
// how the outputs of two runs differ.
package ipynb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Object is a JSON object whose fields this package does not interpret. Numbers
// in it are of type json.Number, so that they are written as they were read.
type Object = map[string]any

// Notebook is one notebook file.
type Notebook struct {
	Cells    []*Cell
	Metadata Object
	Minor    int    // the 5 of nbformat 4.5
	Extra    Object // unknown fields at the top
}

// Cell is a code, markdown or raw cell.
type Cell struct {
	Type           string // "code", "markdown" or "raw"
	ID             string // 1 to 64 of a-z A-Z 0-9 - _, unique in the notebook
	Source         string
	Metadata       Object
	ExecutionCount *int      // code only; nil: not run
	Outputs        []*Output // code only
	Extra          Object    // unknown fields, attachments among them
}

// Output is what a code cell left behind. Which fields count depends on Type:
//
//	stream                        Name, Text
//	display_data, execute_result  Data, Metadata (execute_result: ExecutionCount)
//	error                         Ename, Evalue, Traceback
type Output struct {
	Type           string
	Name           string // "stdout" or "stderr"
	Text           string
	Data           Object // MIME type to string, or to any JSON value
	Metadata       Object
	ExecutionCount *int
	Ename, Evalue  string
	Traceback      []string
	Extra          Object
}

// Tagged tells whether the cell's metadata carry the tag.
func (c *Cell) Tagged(tag string) bool {
	tags, _ := c.Metadata["tags"].([]any)
	return slices.Contains(tags, any(tag))
}

// Read reads a notebook from a file.
func Read(path string) (*Notebook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	nb, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

// Decode reads a notebook of nbformat 4. Cells without an id (before 4.5) get
// one made from their place, so that the same file always gets the same ids.
func Decode(data []byte) (*Notebook, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var top Object
	if err := dec.Decode(&top); err != nil {
		return nil, fmt.Errorf("not a notebook: %w", err)
	}
	r := &reader{}
	if major := r.integer(top, "nbformat"); r.err == nil && major != 4 {
		return nil, fmt.Errorf("nbformat is %d; only 4 can be read", major)
	}
	nb := &Notebook{Minor: r.integer(top, "nbformat_minor"), Metadata: r.object(top, "metadata")}
	for i, raw := range r.list(top, "cells") {
		obj, ok := raw.(Object)
		if !ok {
			return nil, fmt.Errorf("cell %d: not an object", i+1)
		}
		cell := r.cell(obj)
		if r.err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, r.err)
		}
		if cell.ID == "" {
			cell.ID = fmt.Sprintf("cell-%02d", i+1)
		}
		nb.Cells = append(nb.Cells, cell)
	}
	if r.err != nil {
		return nil, r.err
	}
	nb.Minor = max(nb.Minor, 5)
	nb.Extra = rest(top, "cells", "metadata", "nbformat", "nbformat_minor")
	return nb, nil
}

// Write writes the notebook to a file. The file is replaced whole or not at
// all: a reader never sees half of it.
func (nb *Notebook) Write(path string) error {
	data, err := nb.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".ipynb-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// reader takes fields out of JSON objects and remembers the first error.
type reader struct{ err error }

func (r *reader) fail(field, want string, got any) {
	if r.err == nil {
		r.err = fmt.Errorf("field %q is %v (%T); want %s", field, got, got, want)
	}
}

func (r *reader) cell(obj Object) *Cell {
	c := &Cell{
		Type:     r.text(obj, "cell_type"),
		ID:       r.text(obj, "id"),
		Source:   r.text(obj, "source"),
		Metadata: r.object(obj, "metadata"),
	}
	switch c.Type {
	case "code":
		c.ExecutionCount = r.count(obj)
		for _, raw := range r.list(obj, "outputs") {
			out, ok := raw.(Object)
			if !ok {
				r.fail("outputs", "a list of objects", raw)
				break
			}
			c.Outputs = append(c.Outputs, r.output(out))
		}
		c.Extra = rest(obj, "cell_type", "id", "source", "metadata", "execution_count", "outputs")
	case "markdown", "raw":
		c.Extra = rest(obj, "cell_type", "id", "source", "metadata")
	default:
		r.fail("cell_type", "code, markdown or raw", c.Type)
	}
	return c
}

func (r *reader) output(obj Object) *Output {
	o := &Output{Type: r.text(obj, "output_type")}
	known := []string{"output_type"}
	switch o.Type {
	case "stream":
		o.Name, o.Text = r.text(obj, "name"), r.text(obj, "text")
		known = append(known, "name", "text")
	case "display_data", "execute_result":
		o.Data, o.Metadata = r.object(obj, "data"), r.object(obj, "metadata")
		for mime, value := range o.Data {
			if lines, ok := joined(value); ok && !isJSON(mime) {
				o.Data[mime] = lines
			}
		}
		known = append(known, "data", "metadata")
		if o.Type == "execute_result" {
			o.ExecutionCount = r.count(obj)
			known = append(known, "execution_count")
		}
	case "error":
		o.Ename, o.Evalue = r.text(obj, "ename"), r.text(obj, "evalue")
		for _, raw := range r.list(obj, "traceback") {
			line, ok := raw.(string)
			if !ok {
				r.fail("traceback", "a list of strings", raw)
			}
			o.Traceback = append(o.Traceback, line)
		}
		known = append(known, "ename", "evalue", "traceback")
	default:
		r.fail("output_type", "stream, display_data, execute_result or error", o.Type)
	}
	o.Extra = rest(obj, known...)
	return o
}

func (r *reader) integer(obj Object, field string) int {
	number, ok := obj[field].(json.Number)
	n, err := number.Int64()
	if !ok || err != nil {
		r.fail(field, "an integer", obj[field])
	}
	return int(n)
}

func (r *reader) count(obj Object) *int {
	if obj["execution_count"] == nil {
		return nil
	}
	n := r.integer(obj, "execution_count")
	return &n
}

// text reads a string, or a list of strings that belong together. A missing
// field is the empty string.
func (r *reader) text(obj Object, field string) string {
	if obj[field] == nil {
		return ""
	}
	s, ok := joined(obj[field])
	if !ok {
		r.fail(field, "a string or a list of strings", obj[field])
	}
	return s
}

func (r *reader) object(obj Object, field string) Object {
	if obj[field] == nil {
		return Object{}
	}
	o, ok := obj[field].(Object)
	if !ok {
		r.fail(field, "an object", obj[field])
	}
	return o
}

func (r *reader) list(obj Object, field string) []any {
	if obj[field] == nil {
		return nil
	}
	l, ok := obj[field].([]any)
	if !ok {
		r.fail(field, "a list", obj[field])
	}
	return l
}

// rest returns the fields that are not known, nil if there are none.
func rest(obj Object, known ...string) Object {
	var extra Object
	for key, value := range obj {
		if slices.Contains(known, key) {
			continue
		}
		if extra == nil {
			extra = Object{}
		}
		extra[key] = value
	}
	return extra
}

// joined turns "text" or ["li\n", "nes"] into one string.
func joined(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case []any:
		var b strings.Builder
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

// isJSON tells the MIME types whose value is JSON itself, never text in lines.
func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasSuffix(mime, "+json")
}
