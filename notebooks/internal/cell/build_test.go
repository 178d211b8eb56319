//go:build unix

package cell

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// copyModule gives a test a module of its own to edit.
func copyModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEditedPackageIsSeen(t *testing.T) {
	module := copyModule(t)
	s := newSession(t, NewBuilder(module))
	greet := filepath.Join(module, "greet", "greet.go")
	const code = "%%\nfmt.Println(greet.Hello(\"you\"))"
	s.prints("hello, you\n", code)
	write(t, greet, "package greet\n\nfunc Hello(name string) string { return \"good day, \" + name }\n")
	s.prints("good day, you\n", code)
	write(t, greet, "package greet\n\nfunc Hello(name string) string { return 7 }\n")
	s.fails("CompileError", "greet/greet.go:3:41: cannot use 7", code)
	write(t, greet, "package greet\n\nfunc Hello(name string) string { return more + name }\n")
	write(t, filepath.Join(module, "greet", "more.go"), "package greet\n\nconst more = \"and more, \"\n")
	s.prints("and more, you\n", code)
}

// A package that was edited may be seen first by way of another one. What was
// compiled against the old one must not be linked with the new one.
func TestEditedPackageIsSeenByWayOfAnother(t *testing.T) {
	module := copyModule(t)
	for _, name := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(module, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(module, name, name+".go"), "package "+name+"\n\nimport \"fixture/greet\"\n\nfunc Say() string { return greet.Hello(\""+name+"\") }\n")
	}
	s := newSession(t, NewBuilder(module))
	s.prints("hello, one\n", "%%\nfmt.Println(one.Say())")
	write(t, filepath.Join(module, "greet", "greet.go"), "package greet\n\ntype Name = string\n\nfunc Hello(n Name, more ...int) string { return \"bye, \" + n }\n")
	s.prints("bye, two\n", "%%\nfmt.Println(two.Say())")
	s.prints("bye, one bye, two\n", "%%\nfmt.Println(one.Say(), two.Say())")
}

func TestEmptiedBuildCache(t *testing.T) {
	s := newSession(t, NewBuilder(copyModule(t)))
	const code = "%%\nfmt.Println(greet.Word)"
	s.prints("hello\n", code)
	export := s.builder.listed["fixture/greet"].Export
	if err := os.Remove(export); err != nil {
		t.Fatal(err)
	}
	s.prints("hello\n", code)
}

func TestFindModule(t *testing.T) {
	module := copyModule(t)
	if got, err := FindModule(filepath.Join(module, "internal", "hidden")); err != nil || got != module {
		t.Errorf("FindModule = %q, %v; want %q", got, err, module)
	}
	if _, err := FindModule("/"); err == nil || !strings.Contains(err.Error(), "no go.mod in / or above it") {
		t.Errorf("error is %v", err)
	}
}

func TestWithoutGo(t *testing.T) {
	s := newSession(t, NewBuilder("testdata/module"))
	t.Setenv("PATH", t.TempDir())
	s.fails("KernelError", "the go command is not on PATH; cells need go1.26 or later", "%%\nfmt.Println(1)")
	s.prints("", "%goworkfix") // the rest works
}

// fakeGo puts a go command on PATH that answers with this script.
func fakeGo(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func TestOldGo(t *testing.T) {
	s := newSession(t, NewBuilder("testdata/module"))
	fakeGo(t, `echo '{"GOVERSION": "go1.20.3", "GOTOOLDIR": "/nowhere", "GOROOT": "/nowhere"}'`)
	s.fails("KernelError", "the go command is go1.20.3; cells need go1.26 or later", "%%\nfmt.Println(1)")
}

func TestGoThatRefuses(t *testing.T) {
	s := newSession(t, NewBuilder("testdata/module"))
	fakeGo(t, `echo 'go: go.mod requires go >= 1.26 (running go 1.22.1; GOTOOLCHAIN=local)' >&2; exit 1`)
	s.fails("KernelError", "cells need go1.26 or later: go env: go: go.mod requires go >= 1.26 (running go 1.22.1", "%%\nfmt.Println(1)")
}

func TestBadModule(t *testing.T) {
	s := newSession(t, NewBuilder(t.TempDir()))
	s.fails("KernelError", "the module of the cells: open ", "%%\nfmt.Println(1)")
}

func TestBadFolder(t *testing.T) {
	_, err := New(Options{Builder: builder(), Dir: "no/such/folder"})
	if err == nil || !strings.Contains(err.Error(), "no/such/folder: not a folder") {
		t.Errorf("error is %v", err)
	}
}

// The settings of the reader's shell must not make cells for another machine.
func TestForeignSettings(t *testing.T) {
	s := newSession(t, NewBuilder("testdata/module"))
	t.Setenv("GOOS", "js")
	t.Setenv("GOARCH", "wasm")
	t.Setenv("GO111MODULE", "off")
	t.Setenv("GOWORK", "/no/such/go.work")
	s.prints("hello\n", "%%\nfmt.Println(greet.Word)")
}

// BenchmarkCell measures the way from a changed cell to its output, and the same
// program with go build beside it.
func BenchmarkCell(b *testing.B) {
	const body = "\tfmt.Println(strings.Repeat(\"ab\", 2), %d)\n"
	b.Run("cell", func(b *testing.B) {
		e, err := New(Options{Builder: builder(), Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer e.Close()
		n := 0
		for b.Loop() {
			n++
			code := "%%\n" + strings.ReplaceAll(body, "%d", "n+"+strings.Repeat("1", n%9+1))
			if err := e.Run(b.Context(), Request{Code: "%%\nn := 0\n" + code[3:], Count: n}, discard{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/cell")
	})
	b.Run("gobuild", func(b *testing.B) {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n\ngo 1.26\n"), 0o644); err != nil {
			b.Fatal(err)
		}
		n := 0
		for b.Loop() {
			n++
			code := "package main\n\nimport (\n\t\"fmt\"\n\t\"strings\"\n)\n\nfunc main() {\n\tn := 0\n" +
				strings.ReplaceAll(body, "%d", "n+"+strings.Repeat("1", n%9+1)) + "}\n"
			if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(code), 0o644); err != nil {
				b.Fatal(err)
			}
			build := exec.Command("go", "build", "-o", "x")
			build.Dir = dir
			if out, err := build.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			if err := exec.Command(filepath.Join(dir, "x")).Run(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/cell")
	})
}

type discard struct{}

func (discard) Stream(string, string) {}
func (discard) Display(Display)       {}

func TestWarm(t *testing.T) {
	module := copyModule(t)
	if err := os.MkdirAll(filepath.Join(module, "greet", "below"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(module, "greet", "below", "below.go"), "package below\n")
	b := NewBuilder(module)
	if err := b.Warm(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot import fixture/broken") {
		t.Errorf("error is %v; want word of the package that does not compile", err)
	}
	if b.listed["fmt"] == nil || b.listed["fixture/greet"] == nil {
		t.Error("fmt and the module's packages are not known")
	}
	if b.listed["fixture/greet/below"] != nil {
		t.Error("a package below another was compiled, though nothing needs it")
	}
}
