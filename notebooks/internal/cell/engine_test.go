//go:build unix

package cell

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// builder is shared by all tests: what one learns about fmt, the others know.
var builder = sync.OnceValue(func() *Builder { return NewBuilder("testdata/module") })

// session is a notebook session under test.
type session struct {
	*Engine
	t      *testing.T
	count  int
	stdout strings.Builder
	stderr strings.Builder
	shown  []Display
	order  []string // "stdout", "stderr", "display", without repetitions in a row
}

func newSession(t *testing.T, b *Builder) *session {
	t.Helper()
	s := &session{t: t}
	var err error
	if s.Engine, err = New(Options{Builder: b, Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *session) Stream(name, text string) {
	if name == "stdout" {
		s.stdout.WriteString(text)
	} else {
		s.stderr.WriteString(text)
	}
	s.happened(name)
}

func (s *session) Display(d Display) {
	s.shown = append(s.shown, d)
	s.happened("display")
}

func (s *session) happened(what string) {
	if len(s.order) == 0 || s.order[len(s.order)-1] != what {
		s.order = append(s.order, what)
	}
}

// run runs the next cell and returns its error, nil or *Error.
func (s *session) run(code string) *Error {
	s.t.Helper()
	return s.runOwned(s.t.Context(), "", code)
}

func (s *session) runOwned(ctx context.Context, owner, code string) *Error {
	s.t.Helper()
	s.stdout.Reset()
	s.stderr.Reset()
	s.shown, s.order = nil, nil
	s.count++
	err := s.Run(ctx, Request{Code: code, Count: s.count, Owner: owner}, s)
	if err == nil {
		return nil
	}
	cellErr, ok := errors.AsType[*Error](err)
	if !ok {
		s.t.Fatalf("cell %d: error of type %T: %v", s.count, err, err)
	}
	return cellErr
}

// prints demands that a cell succeeds and writes exactly this to standard output.
func (s *session) prints(want, code string) {
	s.t.Helper()
	if err := s.run(code); err != nil {
		s.t.Fatalf("cell %d fails: %v\n%s", s.count, err, strings.Join(err.Trace, "\n"))
	}
	if got := s.stdout.String(); got != want {
		s.t.Errorf("cell %d prints %q; want %q (stderr %q)", s.count, got, want, s.stderr.String())
	}
}

// fails demands that a cell fails with this in its trace.
func (s *session) fails(name, want, code string) {
	s.t.Helper()
	err := s.run(code)
	if err == nil {
		s.t.Fatalf("cell %d succeeds; want %s", s.count, name)
	}
	if trace := strings.Join(err.Trace, "\n"); err.Name != name || !strings.Contains(trace, want) {
		s.t.Errorf("cell %d fails with %s:\n%s\nwant %s with %q", s.count, err.Name, trace, name, want)
	}
}

func TestDeclarationsStayValuesDoNot(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "import \"strings\"\n\nconst greeting = \"hello\"\n\ntype name string\n\nvar count = 1\n\n"+
		"func (n *name) upper() string { return strings.ToUpper(string(*n)) }\n\nfunc twice(n int) int { return 2 * n }")
	s.prints("hello BOB 2\n", "%%\nn := name(\"bob\")\ncount++\nfmt.Println(greeting, n.upper(), count)")
	s.prints("1 42\n", "func main() { fmt.Println(count, twice(21)) }") // count is 1 again
	s.prints("still 4\n", "%main\nfmt.Println(\"still\", twice(2))")    // the main before is gone
}

func TestLaterDeclarationReplaces(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "func f() int { return 1 }\ntype T struct{ a int }\nfunc (t T) get() int { return t.a }\nconst c = 1\nvar v = 1")
	s.prints("2 3 4 5\n", "func f() int { return 2 }\ntype T struct{ b int }\nfunc (t T) get() int { return t.b }\n"+
		"const c = 4\nvar v = 5\n%%\nfmt.Println(f(), T{3}.get(), c, v)")
	s.prints("var\n", "var f = \"var\"\n%%\nfmt.Println(f)") // also by another kind of thing
}

func TestReplaceOneOfMany(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "const (\n\ta = iota + 10\n\tb\n\tc\n)\nvar x, y int = 1, 2\nvar q, r = func() (int, int) { return 7, 8 }()")
	s.prints("10 99 12\n", "const b = 99\n%%\nfmt.Println(a, b, c)") // iota goes on counting
	s.prints("5 2\n", "var x = 5\n%%\nfmt.Println(x, y)")
	s.prints("7 8\n", "%%\nfmt.Println(q, r)")
	s.fails("CompileError", "undefined: r", "var q = 1\n%%\nfmt.Println(q, r)") // one value for both: both go
}

func TestGenericReceiver(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "type stack[T any] struct{ items []T }\nfunc (s *stack[T]) push(t T) { s.items = append(s.items, t) }")
	s.prints("", "func (s *stack[T]) push(t T) { s.items = append(s.items, t, t) }")
	s.prints("2\n", "%%\nvar s stack[int]\ns.push(1)\nfmt.Println(len(s.items))")
}

func TestFailedCellIsForgotten(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "func f() int { return 1 }")
	s.fails("CompileError", "cannot use", "func f() int { return \"two\" }\nfunc g() {}")
	s.prints("1\n", "%%\nfmt.Println(f())")
	s.fails("CompileError", "undefined: g", "%%\ng()")
	s.fails("ExitError", "", "func h() int { return 3 }\n%%\npanic(1)") // compiled, though: kept
	s.prints("3\n", "%%\nfmt.Println(h())")
}

func TestInitFunctionsRunInEveryCell(t *testing.T) {
	s := newSession(t, builder())
	s.prints("b\n", "func init_b() { fmt.Println(\"b\") }") // also where nothing else is
	s.prints("a\nb\nmain\n", "func init_a() { fmt.Println(\"a\") }\n%%\nfmt.Println(\"main\")")
	s.prints("A\nb\n", "func init_a() { fmt.Println(\"A\") }")
	s.prints("v\nA\nb\n", "var v = func() int { fmt.Println(\"v\"); return 1 }()")
}

func TestArguments(t *testing.T) {
	s := newSession(t, builder())
	s.prints("[a b c]\n", "%% a \"b c\"\nfmt.Println(flag.Args())")
	s.prints("[]\n", "%%\nfmt.Println(flag.Args())")
	s.prints("", "var n = flag.Int(\"n\", 1, \"a number\")")
	s.prints("7 [x]\n", "%%\nfmt.Println(*n, flag.Args())\n%args -n=7 x")
	s.prints("1 []\n", "%args -n=7 x\n%%\nfmt.Println(*n, flag.Args())") // %% has none, and comes last
	s.prints("[-v]\n", "%args -v\nfunc main() { fmt.Println(os.Args[1:]) }")
	s.prints("1\n", "%%\nfmt.Println(*n)")
}

func TestImportsByThemselves(t *testing.T) {
	s := newSession(t, builder())
	s.prints("HI 5 hello, you\n", "%%\nfmt.Println(strings.ToUpper(\"hi\"), max(rand.IntN(1), 5), greet.Hello(\"you\"))")
	s.prints("16\n", "%%\nn, _ := rand.Read(make([]byte, 16))\nfmt.Println(n)") // another rand
	s.prints("hi\n", "import (\n\tf \"fmt\"\n\tm \"math\"\n)\n%%\nf.Println(\"hi\")")
	s.prints("there 3\n", "%%\nf.Println(\"there\", m.Sqrt(9))") // what a cell wrote stays, used or not
	s.prints("3\n", "import . \"math\"\n%%\nfmt.Println(Sqrt(9))")
	s.prints("Forgot . math.\n", "%rm \". math\"")
	s.fails("CompileError", "undefined: hidden", "%%\nfmt.Println(hidden.N)")
	s.prints("a.b\n", "type pair struct{ X string }\n%%\nstrings := pair{\"a.b\"}\nfmt.Println(strings.X)") // a variable, no package
}

func TestImportsThatCannotBeHad(t *testing.T) {
	s := newSession(t, builder())
	s.fails("CompileError", "[[ Cell [1] Line 3 ]] cannot import no/such: ", "import (\n\t\"fmt\"\n\t\"no/such\"\n)\n%%\nfmt.Println(such.X)")
	s.fails("CompileError", "[[ Cell [2] Line 1 ]] a cell cannot import fixture/internal/hidden", "import \"fixture/internal/hidden\"\n%%\nprintln(hidden.N)")
	s.fails("CompileError", "fixture/program is a program", "import \"fixture/program\"\n%%\nprintln(program.N)")
	s.fails("CompileError", "broken.go:5:13: cannot use \"not a number\"", "import \"fixture/broken\"\n%%\nprintln(broken.N)")
}

func TestCompileErrorsNameTheLine(t *testing.T) {
	s := newSession(t, builder())
	s.fails("CompileError", "[[ Cell [1] Line 4 ]] undefined: y\n    \tx := y\n    \t     ^", "// a comment\n%%\nif true {\n\tx := y\n\t_ = x\n}")
	s.fails("CompileError", "[[ Cell [2] Line 2 ]] ", "%%\nfmt.Println(\"open\"\n")
	s.fails("CompileError", "[[ Cell [3] Line 3 ]] ", "%env A b\n!true\nfunc f( {}\n")
	s.fails("CompileError", "the braces do not match", "%%\nif true {")
	s.prints("", "func later() int { return 1 }")
	s.fails("CompileError", "[[ Cell [6] Line 2 ]] declared and not used: x", "%%\nx := later()")
	s.fails("CompileError", "\n\thave (int)\n\twant (int, int)", "func two() (int, int) {\n\treturn later()\n}") // the whole message
}

func TestPanicNamesTheLine(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "func at(list []int, i int) int {\n\treturn list[i]\n}")
	err := s.run("%%\nfmt.Println(\"before\")\nfmt.Println(at(nil, 5))")
	if err == nil || err.Value != "exit status 2" {
		t.Fatalf("error is %v; want exit status 2", err)
	}
	if want := "[[ Cell [1] Line 2 ]] exit status 2\n    \treturn list[i]"; err.Trace[0] != want {
		t.Errorf("trace is %q; want %q", err.Trace[0], want)
	}
	for _, want := range []string{"index out of range [5] with length 0", "\t[[ Cell [1] Line 2 ]] return list[i]\n", "\t[[ Cell [2] Line 3 ]] fmt.Println(at(nil, 5))\n"} {
		if !strings.Contains(s.stderr.String(), want) {
			t.Errorf("standard error lacks %q:\n%s", want, &s.stderr)
		}
	}
	if s.stdout.String() != "before\n" {
		t.Errorf("standard output is %q", &s.stdout)
	}
	if strings.Contains(s.stderr.String(), s.tmp) {
		t.Errorf("standard error names the temporary folder:\n%s", &s.stderr)
	}
}

func TestExitStatus(t *testing.T) {
	s := newSession(t, builder())
	s.fails("ExitError", "exit status 3", "%%\nos.Exit(3)")
	s.fails("ExitError", "[[ Cell [2] Line 2 ]] exit status 2", "%%\n<-make(chan int)") // a deadlock
	s.prints("", "%%\nos.Exit(0)")
}

func TestDeclarationAloneIsOnlyCompiled(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "var a, b = 1, []string{\"x\"}\nvar f = func() { panic(1) }\nvar p = &a")
	s.fails("ExitError", "exit status 2", "var c = 1 / (a - a)") // this one must run to be seen
	s.fails("ExitError", "exit status 2", "%%")                  // and runs in every later cell
	s.prints("Forgot c.\n", "%rm c")
	s.prints("", "// only words")
	s.prints("", "   \n\n")
}

func TestCellOrderOfStreams(t *testing.T) {
	s := newSession(t, builder())
	for range 5 { // what is written first is shown first, each time
		s.fails("ExitError", "exit status 2", "%%\nfmt.Println(\"first\")\npanic(\"second\")")
		if got := fmt.Sprint(s.order); got != "[stdout stderr]" {
			t.Fatalf("order is %s; want stdout before stderr", got)
		}
	}
}

func TestFullDiskNamesThePlaces(t *testing.T) {
	e := &Engine{tmp: "/small"}
	err := e.compileError(&buildError{output: "link: mapping output file failed: no space left on device\n"}, nil)
	for _, want := range []string{"no space left", "/small", "TMPDIR=DIR", "GOCACHE=DIR"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v; want %q in it", err, want)
		}
	}
}
