package grade

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// parts are a cell's declarations and the body of its main.
type parts struct {
	decls, body string
	command     string // the first % or ! line that is not %%
	main        bool
}

func takeApart(source string) (p parts) {
	for line := range strings.Lines(source) {
		word := strings.TrimPrefix(strings.TrimRight(line, " \t\r\n"), "//gonb:")
		switch {
		case (word == "%%" || word == "%main") && !p.main:
			p.main = true
		case strings.HasPrefix(word, "%") || strings.HasPrefix(word, "!"):
			if p.command == "" {
				p.command = word
			}
		case p.main:
			p.body += line
		default:
			p.decls += line
		}
	}
	return p
}

// callIn is the function that a body calls, if it does nothing else.
func callIn(body string) string {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\nfunc _() {\n"+body+"\n}\n", 0)
	if err != nil {
		return ""
	}
	statements := file.Decls[0].(*ast.FuncDecl).Body.List
	if len(file.Decls) != 1 || len(statements) != 1 {
		return ""
	}
	expr, _ := statements[0].(*ast.ExprStmt)
	if expr == nil {
		return ""
	}
	call, _ := expr.X.(*ast.CallExpr)
	if call == nil {
		return ""
	}
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok {
			return x.Name + "." + sel.Sel.Name
		}
	}
	return ""
}

// allowed are the packages that an answer may use, by name. None of them opens a
// file, starts a program, ends this one or reaches into memory.
var allowed = map[string]string{
	"bits": "math/bits", "bytes": "bytes", "capacity": "socketbook/capacity", "check": "socketbook/notebooks/check",
	"clinic": "socketbook/notebooks/clinic", "cmp": "cmp", "context": "context", "binary": "encoding/binary", "errors": "errors",
	"fmt": "fmt", "io": "io", "maps": "maps", "math": "math", "netip": "net/netip", "slices": "slices", "sockets": "socketbook/sockets",
	"sort": "sort", "strconv": "strconv", "strings": "strings", "sync": "sync", "time": "time", "unicode": "unicode", "utf8": "unicode/utf8",
}

// hint is a comment that the compiler obeys.
var hint = regexp.MustCompile(`//go:|/[/*]line |//export |#cgo`)

// vet says what is wrong with the text of an answer, "" if nothing is. known are the
// names that the lesson declares; the answer must leave those alone that are true.
func vet(p parts, known map[string]bool) string {
	if p.command != "" {
		return fmt.Sprintf("the line %q is not Go", p.command)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+p.decls+"\nfunc _() {\n"+p.body+"\n}\n", parser.ParseComments)
	if err != nil {
		return "" // the compiler says it better, and nothing runs
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if found := hint.FindString(c.Text); found != "" {
				return fmt.Sprintf("the comment %q is an order to the compiler", c.Text)
			}
		}
	}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, "\"`")
		if spec.Name != nil || !slices.Contains(slices.Collect(maps.Values(allowed)), path) {
			return "it imports " + path
		}
	}
	own := declared(file)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		switch {
		case name == "main" || name == "init" || strings.HasPrefix(name, "init_"):
			return "it declares " + name + ", which runs by itself"
		case allowed[name] != "":
			return "it declares " + name + ", the name of a package"
		case known[name]:
			return "it declares " + name + ", which is the lesson's"
		}
	}
	wrong := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && wrong == "" {
			x, ok := sel.X.(*ast.Ident)
			if ok && x.Obj == nil && !declaredIn(known, x.Name) && !own[x.Name] && allowed[x.Name] == "" {
				wrong = "it uses " + x.Name + "." + sel.Sel.Name
			}
		}
		return wrong == ""
	})
	return wrong
}

// declared are the names at the top of a file.
func declared(file *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				names[decl.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					names[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						names[name.Name] = true
					}
				}
			}
		}
	}
	delete(names, "_")
	return names
}

func declaredIn(names map[string]bool, name string) bool {
	_, ok := names[name]
	return ok
}

// namesIn are the names that a lesson declares. Those that the call of a check leads
// to are true: who replaced them would replace the question.
func namesIn(support, body string) map[string]bool {
	names, uses := map[string]bool{}, map[string][]string{}
	file, _ := parser.ParseFile(token.NewFileSet(), "", "package main\n"+support, parser.AllErrors)
	if file == nil {
		return names
	}
	for _, decl := range file.Decls {
		for name := range declared(&ast.File{Decls: []ast.Decl{decl}}) {
			names[name], uses[name] = false, identifiers(decl)
		}
	}
	call, err := parseBody(body)
	if err != nil {
		return names
	}
	for todo := identifiers(call); len(todo) > 0; todo = todo[1:] {
		if declaredIn(names, todo[0]) && !names[todo[0]] {
			names[todo[0]] = true
			todo = append(todo, uses[todo[0]]...)
		}
	}
	return names
}

func identifiers(n ast.Node) (list []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			list = append(list, id.Name)
		}
		return true
	})
	return list
}

// parseBody tells whether a body is Go.
func parseBody(body string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), "", "package main\nfunc _() {\n"+body+"\n}\n", 0)
}
