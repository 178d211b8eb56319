// Package gopls asks Go's language server what may stand at a place in a program, and
// what a name there means. The server is started in the background, once, and nobody
// waits for it longer than they say: who gets no answer in time does without.
//
// The program is a handful of texts in a folder that need not exist; only the module
// around it must.
package gopls

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"socketbook/notebooks/internal/proc"
)

// startLimit is how long the server may take to load a module before it is given up.
const startLimit = 2 * time.Minute

// ErrNotReady is the answer while the server still loads, and once it has ended.
var ErrNotReady = errors.New("gopls is not ready")

// Item is one way to go on.
type Item struct {
	Text   string
	Kind   int // as the protocol numbers them
	Detail string
}

// File is a part of the program.
type File struct{ Name, Text string }

// Server is a running gopls.
type Server struct {
	dir   string
	cmd   *exec.Cmd
	conn  *conn
	ready chan struct{} // closed when it has loaded the module

	turn     chan struct{}  // one question at a time
	versions map[string]int // of the files that were opened
	ending   sync.Once
}

// Start starts the gopls at path for a program in dir, a folder of a module, and
// returns at once.
func Start(path, dir string) (*Server, error) {
	cmd := exec.Command(path, "serve")
	proc.Apart(cmd)
	cmd.Dir = filepath.Dir(dir)
	// One processor and a bound on memory: the cells come first.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOMEMLIMIT=512MiB", "GOWORK=off", "GOFLAGS=", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{dir: dir, cmd: cmd, conn: newConn(out, in), ready: make(chan struct{}), turn: make(chan struct{}, 1), versions: map[string]int{}}
	go s.load()
	return s, nil
}

// load says hello, and ends a server that does not answer.
func (s *Server) load() {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	root := uri(filepath.Dir(s.dir))
	err := s.conn.call(ctx, "initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": root,
		"workspaceFolders": []any{map[string]any{"uri": root, "name": "cells"}},
		"capabilities": map[string]any{
			"textDocument": map[string]any{"hover": map[string]any{"contentFormat": []string{"markdown"}}},
		},
		"initializationOptions": map[string]any{"completionBudget": "100ms", "deepCompletion": false, "completeUnimported": false, "matcher": "CaseInsensitive", "linksInHover": false},
	}, nil)
	if err == nil {
		err = s.conn.notify("initialized", map[string]any{})
	}
	if err == nil { // the first answer comes when the packages of the module are known
		s.open(File{"first.go", "package main\n"})
		err = s.conn.call(ctx, "textDocument/documentSymbol", map[string]any{"textDocument": s.document("first.go")}, nil)
		s.close("first.go")
	}
	if err != nil {
		s.Close()
		return
	}
	close(s.ready)
}

// Close ends the server.
func (s *Server) Close() {
	s.ending.Do(func() {
		s.conn.close()
		proc.Kill(s.cmd)
		_ = s.cmd.Wait()
	})
}

// PID is the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Ready reports whether the server answers.
func (s *Server) Ready() bool {
	select {
	case <-s.ready:
		return s.conn.alive()
	default:
		return false
	}
}

// WaitReady waits for that.
func (s *Server) WaitReady(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-s.conn.done:
		return ErrNotReady
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Complete is what may stand at a place in the first file, the likeliest first; at
// counts bytes.
func (s *Server) Complete(ctx context.Context, files []File, at int) ([]Item, error) {
	var answer struct {
		Items []struct {
			Label    string
			Kind     int
			Detail   string
			TextEdit struct{ NewText string }
		}
	}
	if err := s.ask(ctx, "textDocument/completion", files, at, &answer); err != nil {
		return nil, err
	}
	var items []Item
	for _, i := range answer.Items {
		text := i.TextEdit.NewText
		if text == "" {
			text = i.Label
		}
		items = append(items, Item{text, i.Kind, i.Detail})
	}
	return items, nil
}

// Hover is what is known about the name at a place in the first file, as Markdown; ""
// is nothing.
func (s *Server) Hover(ctx context.Context, files []File, at int) (string, error) {
	var answer *struct{ Contents struct{ Value string } }
	if err := s.ask(ctx, "textDocument/hover", files, at, &answer); err != nil || answer == nil {
		return "", err
	}
	return strings.TrimSpace(answer.Contents.Value), nil
}

// ask puts a question about the program. A server that does not even read holds up
// the next question, and not who asks it.
func (s *Server) ask(ctx context.Context, method string, files []File, at int, answer any) error {
	if !s.Ready() {
		return ErrNotReady
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	var got raw
	asked := make(chan error, 1)
	go func() {
		defer func() { <-s.turn }()
		for _, f := range files {
			if err := s.open(f); err != nil {
				asked <- err
				return
			}
		}
		line, character := position(files[0].Text, at)
		asked <- s.conn.call(ctx, method, map[string]any{
			"textDocument": s.document(files[0].Name),
			"position":     map[string]any{"line": line, "character": character},
		}, &got)
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-asked:
		if err != nil || len(got) == 0 {
			return err
		}
		return json.Unmarshal(got, answer)
	}
}

// open tells the server the text of a file.
func (s *Server) open(f File) error {
	s.versions[f.Name]++
	version := s.versions[f.Name]
	if version == 1 {
		return s.conn.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
			"uri": uri(filepath.Join(s.dir, f.Name)), "languageId": "go", "version": version, "text": f.Text,
		}})
	}
	return s.conn.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri(filepath.Join(s.dir, f.Name)), "version": version},
		"contentChanges": []any{map[string]any{"text": f.Text}},
	})
}

func (s *Server) close(name string) {
	delete(s.versions, name)
	_ = s.conn.notify("textDocument/didClose", map[string]any{"textDocument": s.document(name)})
}

func (s *Server) document(name string) map[string]any {
	return map[string]any{"uri": uri(filepath.Join(s.dir, name))}
}

func uri(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// position is a place as the protocol counts it: lines, and UTF-16 in the line.
func position(text string, at int) (line, character int) {
	at = min(max(at, 0), len(text))
	line = strings.Count(text[:at], "\n")
	for rest := text[strings.LastIndexByte(text[:at], '\n')+1 : at]; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if character++; r > 0xffff {
			character++
		}
		rest = rest[size:]
	}
	return line, character
}

// raw keeps an answer for later.
type raw = json.RawMessage
