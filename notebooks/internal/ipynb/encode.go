package ipynb

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Encode returns the notebook's file, in the bytes that Jupyter's own nbformat
// would write: a notebook saved by JupyterLab and one saved by us differ only
// where their contents do.
func (nb *Notebook) Encode() ([]byte, error) {
	top := Object{"metadata": nb.Metadata, "nbformat": 4, "nbformat_minor": nb.Minor}
	cells := make([]any, 0, len(nb.Cells))
	for _, c := range nb.Cells {
		cells = append(cells, c.object())
	}
	top["cells"] = cells
	maps.Copy(top, nb.Extra)
	e := &encoder{}
	if err := e.value(top, 0); err != nil {
		return nil, err
	}
	e.buf = append(e.buf, '\n')
	return e.buf, nil
}

func (c *Cell) object() Object {
	obj := Object{
		"cell_type": c.Type,
		"id":        c.ID,
		"metadata":  orEmpty(c.Metadata),
		"source":    lines(c.Source),
	}
	if c.Type == "code" {
		outputs := make([]any, 0, len(c.Outputs))
		for _, o := range c.Outputs {
			outputs = append(outputs, o.object())
		}
		obj["outputs"] = outputs
		obj["execution_count"] = orNull(c.ExecutionCount)
	}
	maps.Copy(obj, c.Extra)
	if bundles, ok := obj["attachments"].(Object); ok {
		split := Object{}
		for name, raw := range bundles {
			split[name] = raw
			if bundle, ok := raw.(Object); ok {
				split[name] = splitBundle(bundle)
			}
		}
		obj["attachments"] = split
	}
	return obj
}

func (o *Output) object() Object {
	obj := Object{"output_type": o.Type}
	switch o.Type {
	case "stream":
		obj["name"], obj["text"] = o.Name, lines(o.Text)
	case "display_data", "execute_result":
		obj["data"], obj["metadata"] = splitBundle(o.Data), orEmpty(o.Metadata)
		if o.Type == "execute_result" {
			obj["execution_count"] = orNull(o.ExecutionCount)
		}
	case "error":
		trace := make([]any, 0, len(o.Traceback))
		for _, line := range o.Traceback {
			trace = append(trace, line)
		}
		obj["ename"], obj["evalue"], obj["traceback"] = o.Ename, o.Evalue, trace
	}
	maps.Copy(obj, o.Extra)
	return obj
}

func orEmpty(o Object) Object {
	if o == nil {
		return Object{}
	}
	return o
}

func orNull(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}

// splitBundle splits the texts of a MIME bundle into lines, and leaves pictures
// in base64 and JSON values whole, as nbformat does.
func splitBundle(bundle Object) Object {
	split := make(Object, len(bundle))
	for mime, value := range bundle {
		text, ok := value.(string)
		if ok && (strings.HasPrefix(mime, "text/") || mime == "image/svg+xml" || mime == "application/javascript") {
			value = lines(text)
		}
		split[mime] = value
	}
	return split
}

// lines splits a text after each line end, all that Python's str.splitlines
// knows: files would differ from Jupyter's otherwise.
func lines(text string) []any {
	list := []any{}
	start, end := 0, 0
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		end += size
		switch r {
		case '\r':
			if strings.HasPrefix(text[end:], "\n") {
				continue
			}
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		default:
			continue
		}
		list = append(list, text[start:end])
		start = end
	}
	if start < len(text) {
		list = append(list, text[start:])
	}
	return list
}

// encoder writes JSON as Python's json.dumps(indent=1, sort_keys=True,
// ensure_ascii=False) does. encoding/json escapes more, and cannot be told not to.
type encoder struct{ buf []byte }

func (e *encoder) value(v any, depth int) error {
	switch v := v.(type) {
	case nil:
		e.buf = append(e.buf, "null"...)
	case bool:
		e.buf = fmt.Appendf(e.buf, "%t", v)
	case int:
		e.buf = fmt.Appendf(e.buf, "%d", v)
	case json.Number:
		e.buf = append(e.buf, v...)
	case string:
		e.text(v)
	case []any:
		return e.list(v, depth)
	case Object:
		return e.object(v, depth)
	default:
		return e.other(v, depth)
	}
	return nil
}

// other takes the values that a program put there: whatever encoding/json can
// write goes through it once and comes back in the types above.
func (e *encoder) other(v any, depth int) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var plain any
	if err := dec.Decode(&plain); err != nil {
		return err
	}
	return e.value(plain, depth)
}

func (e *encoder) list(list []any, depth int) error {
	if len(list) == 0 {
		e.buf = append(e.buf, "[]"...)
		return nil
	}
	e.buf = append(e.buf, '[')
	for i, item := range list {
		e.next(i, depth+1)
		if err := e.value(item, depth+1); err != nil {
			return err
		}
	}
	e.newline(depth)
	e.buf = append(e.buf, ']')
	return nil
}

func (e *encoder) object(obj Object, depth int) error {
	if len(obj) == 0 {
		e.buf = append(e.buf, "{}"...)
		return nil
	}
	e.buf = append(e.buf, '{')
	for i, key := range slices.Sorted(maps.Keys(obj)) {
		e.next(i, depth+1)
		e.text(key)
		e.buf = append(e.buf, ": "...)
		if err := e.value(obj[key], depth+1); err != nil {
			return err
		}
	}
	e.newline(depth)
	e.buf = append(e.buf, '}')
	return nil
}

func (e *encoder) next(i, depth int) {
	if i > 0 {
		e.buf = append(e.buf, ',')
	}
	e.newline(depth)
}

func (e *encoder) newline(depth int) {
	e.buf = append(e.buf, '\n')
	for range depth {
		e.buf = append(e.buf, ' ')
	}
}

func (e *encoder) text(s string) {
	e.buf = append(e.buf, '"')
	for _, r := range s { // bytes that are not UTF-8 become U+FFFD here
		switch {
		case r == '"' || r == '\\':
			e.buf = append(e.buf, '\\', byte(r))
		case r == '\n':
			e.buf = append(e.buf, `\n`...)
		case r == '\r':
			e.buf = append(e.buf, `\r`...)
		case r == '\t':
			e.buf = append(e.buf, `\t`...)
		case r == '\b':
			e.buf = append(e.buf, `\b`...)
		case r == '\f':
			e.buf = append(e.buf, `\f`...)
		case r < 0x20:
			e.buf = fmt.Appendf(e.buf, `\u%04x`, r)
		default:
			e.buf = utf8.AppendRune(e.buf, r)
		}
	}
	e.buf = append(e.buf, '"')
}
