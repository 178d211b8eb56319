package cell

import (
	"encoding/base64"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// message is what a program sends through the pipe named by GONB_PIPE, in
// encoding/gob. Gob matches the fields by their names, so that any program with a
// struct of the same shape can send it.
type message struct {
	Data      map[string]any // MIME type to string or []byte
	Metadata  map[string]any
	DisplayID string
}

// What may stand in a map[string]any besides the basic types, which gob knows by
// itself. The sender must register the same types.
func init() {
	for _, value := range []any{map[string]any{}, []any{}, map[string]string{}, []string{}, []int{}, []float64{}} {
		gob.Register(value)
	}
}

// receive reads displays until the pipe is closed and hands each to show. A message
// that cannot be understood ends it; the rest is thrown away, so that the program
// can go on writing.
func receive(pipe io.Reader, show func(message)) error {
	dec := gob.NewDecoder(pipe)
	for {
		var m message
		err := dec.Decode(&m)
		if errors.Is(err, io.EOF) || errors.Is(err, fs.ErrClosed) {
			return nil
		}
		if err != nil {
			if b, ok := pipe.(*bounded); ok {
				pipe = b.Reader
			}
			io.Copy(io.Discard, pipe)
			return fmt.Errorf("a display was lost: %w", err)
		}
		show(m)
	}
}

// bounded is a pipe out of which only so much is read.
type bounded struct {
	io.Reader
	left, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the cell showed more than %s", megabytes(b.most))
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// display turns a message into what front ends take: text as text, everything else
// in base64. Whether it is new or an update is decided here.
func (e *Engine) display(m message, owner string, thisRun map[string]bool) Display {
	d := Display{Data: make(map[string]any, len(m.Data)), Metadata: m.Metadata, ID: m.DisplayID}
	for mime, value := range m.Data {
		if data, ok := value.([]byte); ok {
			if strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "+xml") || strings.HasSuffix(mime, "json") {
				value = string(data)
			} else {
				value = base64.StdEncoding.EncodeToString(data)
			}
		}
		d.Data[mime] = value
	}
	if m.DisplayID == "" {
		return d
	}
	first, known := e.shown[m.DisplayID]
	d.Update = thisRun[m.DisplayID] || known && first != owner
	if !d.Update {
		e.shown[m.DisplayID] = owner
	}
	thisRun[m.DisplayID] = true
	return d
}
