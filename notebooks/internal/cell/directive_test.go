//go:build unix

package cell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEnv(t *testing.T) {
	s := newSession(t, builder())
	s.prints("Set: COLOUR=\"deep blue\"\n", "%env COLOUR \"deep blue\"")
	s.prints("Set: A=\"1\"\ndeep blue 1\n", "%env A=1\n%%\nfmt.Println(os.Getenv(\"COLOUR\"), os.Getenv(\"A\"))")
	s.prints("deep blue\n", "!echo $COLOUR")
	s.fails("DirectiveError", "Line 2: %env ONE TWO THREE: want a name and a value", "!true\n%env ONE TWO THREE")
	if os.Getenv("COLOUR") != "" {
		t.Error("the env directive changed this process, and so every other notebook in it")
	}
}

func TestFolders(t *testing.T) {
	s := newSession(t, builder())
	dir := s.dir
	if err := os.MkdirAll(filepath.Join(dir, "in side"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.prints(dir+"\n"+dir+"\n", "!pwd\n!echo $GONB_DIR")
	s.prints(s.tmp+"\n"+s.tmp+"\n", "!*pwd\n!echo $GONB_TMP_DIR")
	s.prints(dir+" "+s.tmp+"\n", "%%\nwd, _ := os.Getwd()\nfmt.Println(wd, os.Getenv(\"GONB_TMP_DIR\"))")
	s.prints("package main\n", "!*head -1 main.go") // the program of the last cell
	inside := filepath.Join(dir, "in side")
	s.prints("Changed directory to \""+inside+"\"\n"+inside+"\n", "%cd \"in side\"\n!echo $GONB_DIR")
	s.prints("Current directory: \""+inside+"\"\n", "%cd")
	s.prints("Changed directory to \""+dir+"\"\n", "%cd ..")
	s.fails("DirectiveError", "%cd nowhere: no such folder", "%cd nowhere")
	s.fails("DirectiveError", "want one folder", "%cd a b")
}

func TestListRemoveReset(t *testing.T) {
	s := newSession(t, builder())
	s.prints("No declarations are remembered.\n", "%ls")
	s.prints("", "import \"os\"\ntype T int\nfunc (T) m() {}\nfunc f() { os.Exit(0) }\nconst a, b = 1, 2\nvar v int")
	s.prints("import os\ntype   T\nconst  a, b\nvar    v\nfunc   T.m, f\n", "%ls")
	s.prints("Forgot a.\nForgot T.\nForgot f.\n", "%rm a T f")
	if want := "Nothing called f is remembered.\n"; s.run("%rm f") != nil || s.stderr.String() != want {
		t.Errorf("standard error is %q; want %q", &s.stderr, want)
	}
	s.prints("2\n", "%%\nfmt.Println(b)") // its place in the block is kept
	s.prints("", "type U int\nfunc (U) m() {}\nfunc (U) n() {}")
	s.prints("Forgot U~m.\n", "%rm U~m")
	s.prints("Forgot all declarations.\nNo declarations are remembered.\n", "%reset\n%ls")
	s.fails("CompileError", "undefined: b", "%%\nfmt.Println(b)")
}

func TestOtherDirectives(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "%goworkfix")
	s.prints("ok\n", "//gonb:%goworkfix\n//gonb:%%\nfmt.Println(\"ok\")")
	s.prints("a b\n", "!echo a \\\nb")
	if err := s.run("%help"); err != nil || len(s.shown) != 1 {
		t.Fatalf("%%help: %v, %d displays", err, len(s.shown))
	}
	text := s.shown[0].Data["text/plain"].(string)
	for _, d := range directives {
		if !strings.Contains(text, d.usage) {
			t.Errorf("%%help does not name %s", d.usage)
		}
	}
	for _, word := range []string{"%wasm", "%test", "%%bash", "%with_inputs", "%capture x"} {
		s.fails("DirectiveError", "does not exist here; there is %% %main %args %env", word+"\n")
	}
	s.fails("DirectiveError", "Line 3: %% stands in line 1 already", "%%\n\n%main")
	// The way by which a notebook makes a foreign GoNB find its module does no harm.
	s.prints("go.work\n", "!*[ -f go.work ] || go work init .\n%goworkfix\n!*ls go.work")
	s.prints("1\n", "%%\nfmt.Println(1)")
}

func TestShell(t *testing.T) {
	s := newSession(t, builder())
	s.prints("out\n", "!echo out; echo err >&2")
	if s.stderr.String() != "err\n" {
		t.Errorf("standard error is %q", &s.stderr)
	}
	s.prints("go on\n", "!exit 3\n%%\nfmt.Println(\"go on\")") // a command that fails ends nothing
	if s.stderr.String() != "exit status 3\n" {
		t.Errorf("standard error is %q; want the status", &s.stderr)
	}
	s.prints("done\n", "!cat; echo done") // there is no input to wait for
}

func TestDirectivesComeFirst(t *testing.T) {
	s := newSession(t, builder())
	s.prints("shell\ngo\n", "%%\nfmt.Println(\"go\")\n!echo shell")
	s.fails("CompileError", "undefined: nothing", "!touch made\n%%\nnothing()")
	s.prints("made\n", "!ls made")
}

func TestWords(t *testing.T) {
	for line, want := range map[string]string{
		`a b`:          `[a b]`,
		`  a   b  `:    `[a b]`,
		`"a b" c`:      `[a b c]`,
		`x"y z"w`:      `[xy zw]`,
		`"" a`:         `[ a]`,
		`"a\"b\n\\"`:   "[a\"b\n\\]",
		`a\nb`:         `[a\nb]`,
		"one\ttwo":     `[one two]`,
		`"open ended`:  `[open ended]`,
		`"ends in \`:   `[ends in \]`,
		`--flag="a b"`: `[--flag=a b]`,
	} {
		got := "[" + strings.Join(words(line), " ") + "]"
		if got != want {
			t.Errorf("words(%q) = %q; want %q", line, got, want)
		}
	}
}
