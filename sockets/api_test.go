package sockets

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// published are the packages that other modules may use.
var published = []string{"sockets", "sockets/stdnet", "capacity", "charts"}

// TestAPI holds the exported API against the recorded one. What is new is compatible
// and only mentioned; what went or changed breaks somebody's build: it fails, until
// -update records that it is meant.
func TestAPI(t *testing.T) {
	for _, pkg := range published {
		got, err := exported(filepath.Join("..", pkg))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "api", strings.ReplaceAll(pkg, "/", "_")+".txt")
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		gone, added := compareAPI(strings.Split(strings.TrimSpace(string(data)), "\n"), got)
		if len(gone) > 0 {
			t.Errorf("%s: gone or changed since it was recorded (go test ./sockets -run TestAPI -update, if it is meant):\n%s", pkg, strings.Join(gone, "\n"))
		}
		if len(added) > 0 {
			t.Logf("%s: %d names or fields are new", pkg, len(added))
		}
	}
}

func TestCompareAPI(t *testing.T) {
	gone, added := compareAPI([]string{"func A()", "func B(int)"}, []string{"func A()", "func B(string)", "func C()"})
	if fmt.Sprint(gone, added) != "[func B(int)] [func B(string) func C()]" {
		t.Errorf("gone %q, added %q", gone, added)
	}
}

func compareAPI(old, now []string) (gone, added []string) {
	for _, line := range old {
		if !slices.Contains(now, line) {
			gone = append(gone, line)
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			added = append(added, line)
		}
	}
	return gone, added
}

// exported lists what a package exports, a line for each function, method, type,
// field, constant and variable.
func exported(dir string) (lines []string, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		// Files for one system alone say the same as their counterparts.
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_other.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(fset, files, dir)
	if err != nil {
		return nil, err
	}
	text := func(n ast.Node) string {
		var b bytes.Buffer
		_ = printer.Fprint(&b, fset, n)
		return strings.Join(strings.Fields(b.String()), " ")
	}
	funcs := func(list []*doc.Func) {
		for _, f := range list {
			short := *f.Decl
			short.Doc, short.Body = nil, nil
			lines = append(lines, text(&short))
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, name := range v.Names {
				if token.IsExported(name) {
					lines = append(lines, v.Decl.Tok.String()+" "+name)
				}
			}
		}
	}
	funcs(p.Funcs)
	values(p.Consts)
	values(p.Vars)
	for _, t := range p.Types {
		lines = append(lines, typeLines(t, text)...)
		funcs(t.Funcs)
		funcs(t.Methods)
		values(t.Consts)
		values(t.Vars)
	}
	slices.Sort(lines)
	return slices.Compact(lines), nil
}

// typeLines are a type and its exported fields or methods, one on each line, so that
// a new field is no change of the type.
func typeLines(t *doc.Type, text func(ast.Node) string) (lines []string) {
	spec := t.Decl.Specs[0].(*ast.TypeSpec)
	list := (*ast.FieldList)(nil)
	kind := ""
	switch of := spec.Type.(type) {
	case *ast.StructType:
		kind, list = "struct", of.Fields
	case *ast.InterfaceType:
		kind, list = "interface", of.Methods
	default:
		return []string{"type " + t.Name + " " + text(spec.Type)}
	}
	lines = []string{"type " + t.Name + " " + kind}
	for _, field := range list.List {
		for _, name := range field.Names {
			lines = append(lines, "type "+t.Name+" "+kind+", "+name.Name+" "+text(field.Type))
		}
		if len(field.Names) == 0 {
			lines = append(lines, "type "+t.Name+" "+kind+", embeds "+text(field.Type))
		}
	}
	return lines
}
