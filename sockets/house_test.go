package sockets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Tests of the source itself: what the house may use, who may import whom, and
// that the map in doc.go shows every room.

// parseDir parses the non-test files of a folder.
func parseDir(t *testing.T, dir string) (*token.FileSet, []*ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return fset, files
}

// clocks are the functions of package time that read a real clock or wait on
// one, and draws those of math/rand/v2 that need no seed.
var (
	clocks = regexp.MustCompile(`^(Now|Since|Until|Sleep|After|AfterFunc|Tick|NewTimer|NewTicker)$`)
	seeded = regexp.MustCompile(`^(PCG|NewPCG|Source|Rand|New)$`)
	banned = regexp.MustCompile(`^(sync|os|net|runtime|unsafe|reflect|io/ioutil|math/rand|crypto/rand|log|plugin|context|testing)(/|$)`)
)

// Purity: no lock, no goroutine, no clock, no chance without a seed, no
// operating system, in sockets and its two leaves. That is what makes a run
// repeatable, and lets it run in a browser.
func TestHousePurity(t *testing.T) {
	for _, dir := range []string{".", "sim", "wire", "script"} {
		fset, files := parseDir(t, dir)
		for _, f := range files {
			for _, imp := range f.Imports {
				path, _ := strconv.Unquote(imp.Path.Value)
				// math/rand/v2 is fine with a seed, net/netip has only values,
				// unsafe is fine for Sizeof; sim unwinds coroutines with
				// runtime.Goexit.
				if path == "math/rand/v2" || path == "net/netip" || path == "unsafe" || dir == "sim" && path == "runtime" {
					continue
				}
				if banned.MatchString(path) {
					t.Errorf("%v imports %s, which has no place in the simulator", fset.Position(imp.Pos()), path)
				}
			}
			names := importNames(f)
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%v: a go statement: order would be the scheduler's", fset.Position(n.Pos()))
				case *ast.SelectStmt, *ast.SendStmt, *ast.ChanType:
					t.Errorf("%v: a channel: nothing here needs one", fset.Position(n.Pos()))
				case *ast.SelectorExpr:
					x, ok := n.X.(*ast.Ident)
					if !ok {
						break
					}
					switch names[x.Name] {
					case "time":
						if clocks.MatchString(n.Sel.Name) {
							t.Errorf("%v: time.%s reads a real clock", fset.Position(n.Pos()), n.Sel.Name)
						}
					case "math/rand/v2":
						if !seeded.MatchString(n.Sel.Name) {
							t.Errorf("%v: rand.%s is not seeded by us", fset.Position(n.Pos()), n.Sel.Name)
						}
					case "unsafe":
						if n.Sel.Name != "Sizeof" {
							t.Errorf("%v: unsafe.%s", fset.Position(n.Pos()), n.Sel.Name)
						}
					case "runtime":
						if n.Sel.Name != "Goexit" {
							t.Errorf("%v: runtime.%s", fset.Position(n.Pos()), n.Sel.Name)
						}
					}
				}
				return true
			})
		}
	}
}

// importNames maps the names a file uses for packages to their paths.
func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, imp := range f.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		name := path[strings.LastIndex(path, "/")+1:]
		if name == "v2" {
			name = "rand"
		}
		if imp.Name != nil {
			name = imp.Name.Name
		}
		names[name] = path
	}
	return names
}

// rules says what the packages below a folder of the module may import besides
// the standard library and packages of their own folder. The longest folder
// that fits counts.
var rules = []struct {
	folder  string
	imports []string
}{
	{"sockets", []string{"socketbook/sockets/sim", "socketbook/sockets/wire"}},
	{"sockets/sim", nil},
	{"sockets/wire", nil},
	{"sockets/script", []string{"socketbook/sockets", "socketbook/sockets/sim", "socketbook/sockets/wire"}},
	{"sockets/sweep", []string{"socketbook/sockets"}},
	{"sockets/cmd", []string{"socketbook/sockets"}},
	{"sockets/stdnet", []string{"socketbook/sockets"}},
	{"sockets/linux", []string{"socketbook/sockets", "socketbook/sockets/script", "socketbook/sockets/wire", "golang.org/x/sys/unix"}},
	{"sockets/internal", []string{"socketbook/sockets"}},
	{"capacity", []string{"socketbook/sockets", "gonum.org/v1/gonum"}},
	{"charts", []string{"github.com/go-echarts/go-echarts/v2", "github.com/dop251/goja"}},
	{"notebooks", []string{"socketbook/sockets", "socketbook/sockets/sim", "socketbook/sockets/wire", "socketbook/sockets/script",
		"socketbook/sockets/linux", "socketbook/sockets/stdnet", "socketbook/capacity", "socketbook/charts",
		"github.com/go-zeromq/zmq4", "golang.org/x/net/html", "golang.org/x/tools", "golang.org/x/mod", "golang.org/x/sys"}},
}

// The dependency picture: notebooks → sockets, capacity, charts; capacity →
// sockets; sockets → sim, wire; and nobody the other way. Folders without a
// rule (testdata, nested modules) are not looked at.
func TestHouseDependencies(t *testing.T) {
	module := ".."
	if _, err := os.Stat(filepath.Join(module, "go.mod")); err != nil {
		t.Skipf("the module is not here: %v", err)
	}
	err := filepath.WalkDir(module, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(module, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(path, "go.mod"))
			if d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && rel != "." || rel != "." && nested == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		checkImports(t, path, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, path, rel string) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", rel, err)
		return
	}
	folder := rel[:max(0, strings.LastIndex(rel, "/"))]
	rule := -1
	for i, r := range rules {
		if (folder == r.folder || strings.HasPrefix(folder, r.folder+"/")) && (rule < 0 || len(r.folder) > len(rules[rule].folder)) {
			rule = i
		}
	}
	if rule < 0 {
		t.Errorf("%s lies outside the rooms: %s", rel, folder)
		return
	}
	r := rules[rule]
	for _, imp := range f.Imports {
		to, _ := strconv.Unquote(imp.Path.Value)
		within := func(p string) bool { return to == p || strings.HasPrefix(to, p+"/") }
		if first, _, _ := strings.Cut(to, "/"); !strings.Contains(first, ".") && first != "socketbook" {
			continue // the standard library
		}
		own := within("socketbook/" + r.folder)
		// sockets may import its leaves and nothing else below itself.
		if r.folder == "sockets" && own || !own {
			own = slices.ContainsFunc(r.imports, func(p string) bool { return to == p || within(p) && p != "socketbook/sockets" })
		}
		if !own {
			t.Errorf("%s imports %s; packages of %s may import %v", rel, to, r.folder, r.imports)
		}
	}
}

// The map: every room is in doc.go's reading order, once, and every room there
// exists.
func TestHouseMap(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, order, ok := strings.Cut(string(text), "# Reading order")
	if !ok {
		t.Fatal("doc.go must have a section “Reading order”")
	}
	if next := strings.Index(order, "\n// # "); next >= 0 {
		order = order[:next]
	}
	listed := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^//\t(\w+\.go)\s+\S`).FindAllStringSubmatch(order, -1) {
		listed[m[1]]++
	}
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if listed[name] != 1 {
			t.Errorf("%s must be in doc.go's reading order once, with a sentence; it is there %d times", name, listed[name])
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("doc.go's reading order names %s, which does not exist", name)
	}
}

// A file fits a sitting, a function fits a screen.
func TestHouseSizes(t *testing.T) {
	const fileLines, funcLines = 500, 70
	for _, dir := range []string{".", "sim", "wire", "script"} {
		fset, files := parseDir(t, dir)
		for _, f := range files {
			file := fset.File(f.Pos())
			if n := file.LineCount(); n > fileLines {
				t.Errorf("%s has %d lines, more than %d", file.Name(), n, fileLines)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					if n := file.Line(fn.End()) - file.Line(fn.Pos()) + 1; n > funcLines {
						t.Errorf("%v: %s has %d lines, more than %d", fset.Position(fn.Pos()), fn.Name.Name, n, funcLines)
					}
				}
			}
		}
	}
}
