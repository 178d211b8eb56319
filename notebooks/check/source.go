package check

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

// sourceOf is the text of an answer: its function, and what that uses of the
// program it stands in, without comments. Its hash goes into the replay strings,
// so that a string is not played with another answer than the one it was made
// with. Where the text is not to be had it is "".
func sourceOf(answer any) string {
	f := functionOf(answer)
	if f == nil {
		return ""
	}
	file, _ := f.FileLine(f.Entry())
	// A cell's program lies beside its text, and its lines are named after cells.
	if program, err := os.Executable(); err == nil && strings.HasPrefix(f.Name(), "main.") {
		if beside := filepath.Join(filepath.Dir(program), "main.go"); exists(beside) {
			file = beside
		}
	}
	name, _ := topOf(f)
	return textOf(file, nil, name)
}

func functionOf(answer any) *runtime.Func {
	v := reflect.ValueOf(answer)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil
	}
	return runtime.FuncForPC(v.Pointer())
}

// topOf is the top-level function that a function is, or stands in.
func topOf(f *runtime.Func) (name string, itself bool) {
	name = f.Name()[strings.LastIndex(f.Name(), "/")+1:] // check.TestX.func1
	_, name, _ = strings.Cut(name, ".")
	name, _, inside := strings.Cut(name, ".")
	return name, !inside
}

// calledAs is an answer as a cell calls it.
func calledAs(answer any) string {
	if f := functionOf(answer); f != nil {
		if name, itself := topOf(f); itself {
			return name
		}
	}
	return "…"
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// textOf prints a top-level function of a file and all top-level declarations it
// uses, in the order of their names.
//
// With a text, file is only its name.
func textOf(file string, text []byte, name string) string {
	set := token.NewFileSet()
	var source any
	if text != nil {
		source = text
	}
	tree, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return ""
	}
	top := declared(tree)
	if top[name] == nil {
		return ""
	}
	used := map[string]bool{}
	var use func(name string)
	use = func(name string) {
		if used[name] || top[name] == nil {
			return
		}
		used[name] = true
		for _, d := range top[name] {
			ast.Inspect(d, func(n ast.Node) bool {
				if id, is := n.(*ast.Ident); is {
					use(id.Name)
				}
				return true
			})
		}
	}
	use(name)
	names := make([]string, 0, len(used))
	for n := range used {
		names = append(names, n)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, n := range names {
		for _, d := range top[n] {
			if _, is := d.(*ast.TypeSpec); is {
				b.WriteString("type ")
			}
			printer.Fprint(&b, set, d)
			b.WriteString("\n")
		}
	}
	return b.String()
}

// declared is the top level of a file by name; methods stand under their type's.
func declared(tree *ast.File) map[string][]ast.Node {
	top := map[string][]ast.Node{}
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			d.Doc = nil
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type)
			}
			top[name] = append(top[name], d)
		case *ast.GenDecl:
			d.Doc = nil
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					top[s.Name.Name] = append(top[s.Name.Name], s)
				case *ast.ValueSpec:
					for _, id := range s.Names {
						top[id.Name] = append(top[id.Name], &ast.GenDecl{Tok: d.Tok, Specs: []ast.Spec{s}})
					}
				}
			}
		}
	}
	return top
}

func receiver(t ast.Expr) string {
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
