//go:build unix

package main

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"socketbook/charts/spec"
)

// figure is the least that can be drawn.
func figure(title string) *spec.Figure {
	return &spec.Figure{Name: "x", Title: title, Summary: "One line.", Table: spec.Table{Columns: []string{"x"}},
		Plane: &spec.Plane{X: spec.Axis{Max: 2}, Y: spec.Axis{Max: 2}, Curves: []spec.Curve{{At: [][2]float64{{0, 0}, {2, 2}}}}}}
}

// talk sends requests and returns the replies.
func talk(t *testing.T, fifo string, lines ...any) []spec.Reply {
	t.Helper()
	var in, out bytes.Buffer
	e := json.NewEncoder(&in)
	for _, l := range lines {
		if err := e.Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := serve(&in, &out, fifo); err != nil {
		t.Fatal(err)
	}
	var replies []spec.Reply
	for d := json.NewDecoder(&out); ; {
		var r spec.Reply
		if err := d.Decode(&r); err == io.EOF {
			return replies
		} else if err != nil {
			t.Fatal(err)
		}
		replies = append(replies, r)
	}
}

// TestServe: one reply for each request, in order, also after a mistake.
func TestServe(t *testing.T) {
	got := talk(t, "",
		spec.Request{Op: "dance"},
		spec.Request{Op: spec.OpFigure},
		spec.Request{Op: spec.OpFigure, Figure: &spec.Figure{Name: "empty"}},
		spec.Request{Op: spec.OpFigure, Figure: figure("A")},
		spec.Request{Op: spec.OpPage, Figure: figure("A")},
		spec.Request{Op: spec.OpLibrary},
		spec.Request{Op: spec.OpShow, Figure: figure("A")},
	)
	want := []struct{ out, err string }{
		{"", `request "dance": want show`},
		{"", `request "figure" holds no figure`},
		{"", `"empty" holds nothing to draw`},
		{"<figure", ""},
		{"<!doctype html>", ""},
		{"(function(){", ""},
		{"", "GONB_PIPE is not set"},
	}
	if len(got) != len(want) {
		t.Fatalf("%d replies, want %d", len(got), len(want))
	}
	for i, w := range want {
		if !strings.HasPrefix(got[i].Out, w.out) || !strings.Contains(got[i].Err, w.err) || (w.err == "") != (got[i].Err == "") {
			t.Errorf("reply %d: %.80q, error %q; want %q, %q", i, got[i].Out, got[i].Err, w.out, w.err)
		}
	}
	if err := serve(strings.NewReader("no JSON"), io.Discard, ""); err == nil || !strings.Contains(err.Error(), "reading a request") {
		t.Errorf("nonsense gives %v", err)
	}
}

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOneEncoder: a single decoder reads all that one process shows.
func TestOneEncoder(t *testing.T) {
	path := fifo(t)
	type seen struct{ Data map[string]any }
	done := make(chan []seen, 1)
	go func() {
		var all []seen
		defer func() { done <- all }()
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer f.Close()
		for d := gob.NewDecoder(f); ; {
			var s seen
			if err := d.Decode(&s); err != nil {
				return
			}
			all = append(all, s)
		}
	}()
	for i, r := range talk(t, path,
		spec.Request{Op: spec.OpSetup},
		spec.Request{Op: spec.OpShow, Figure: figure("A"), Text: "a"},
		spec.Request{Op: spec.OpDisplay, HTML: "<i>b</i>", Text: "b"},
	) {
		if r.Err != "" {
			t.Errorf("reply %d: %s", i, r.Err)
		}
	}
	select {
	case all := <-done:
		if len(all) != 3 || all[1].Data["text/plain"] != "a" || all[2].Data["text/html"] != "<i>b</i>" {
			t.Errorf("the kernel saw %d outputs: %.200v", len(all), all)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the pipe was never closed")
	}
}

// TestNobodyReads: without a kernel at the other end there is an error in
// bounded time, at the open as at the write.
func TestNobodyReads(t *testing.T) {
	openTime, writeTime, drainTime = 20*time.Millisecond, 50*time.Millisecond, 20*time.Millisecond
	path := fifo(t)
	if r := talk(t, path, spec.Request{Op: spec.OpDisplay}); !strings.Contains(r[0].Err, path) {
		t.Errorf("no reader: %q", r[0].Err)
	}
	// A reader that opens and never reads: the pipe holds 64 KiB, not this.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := talk(t, path, spec.Request{Op: spec.OpDisplay, HTML: strings.Repeat("x", 1<<20)})
	if !strings.Contains(r[0].Err, "timeout") {
		t.Errorf("a reader that sleeps: %q", r[0].Err)
	}
}
