package symptoms

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestDropsHaveEntries reads the simulator's source: every text that is put on
// the tape as the reason of a drop must lead to an entry.
func TestDropsHaveEntries(t *testing.T) {
	found := 0
	for _, file := range source(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			var texts []ast.Expr
			switch x := n.(type) {
			case *ast.CallExpr:
				if sel, ok := x.Fun.(*ast.SelectorExpr); ok && drops[sel.Sel.Name] || isDrop(x) {
					texts = x.Args
				}
			case *ast.AssignStmt: // code, why := …, "no route to …"
				for i, l := range x.Lhs {
					if id, ok := l.(*ast.Ident); ok && id.Name == "why" && len(x.Rhs) == len(x.Lhs) {
						texts = append(texts, x.Rhs[i])
					}
				}
			}
			for _, e := range texts {
				text := spell(e)
				if !strings.Contains(text, ": ") && !strings.Contains(text, " ") {
					continue // not a reason, or only its beginning
				}
				if strings.HasSuffix(text, "*") || strings.HasSuffix(text, ": ") {
					continue // its end is a variable, which is found where it is set
				}
				found++
				if _, ok := Reason(strings.ReplaceAll(text, "*", "")); !ok {
					t.Errorf("no entry for the drop %q", text)
				}
			}
			return true
		})
	}
	if found < 30 {
		t.Errorf("only %d reasons were found in the source", found)
	}
}

// drops are the functions that put a drop on the tape.
var drops = map[string]bool{"drop": true, "dropped": true, "queueDrop": true, "dropForward": true, "dropFrame": true, "lose": true, "icmpBad": true}

// isDrop reports whether a call names the station of drops.
func isDrop(c *ast.CallExpr) bool {
	for _, a := range c.Args {
		if id, ok := a.(*ast.Ident); ok && id.Name == "StationDrop" {
			return true
		}
	}
	return false
}

// spell is a text as the source composes it, with * for what is not a literal.
func spell(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BinaryExpr:
		return spell(x.X) + spell(x.Y)
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			s, _ := strconv.Unquote(x.Value)
			return s
		}
	}
	return "*"
}

// source is package sockets without its tests.
func source(t *testing.T) (list []*ast.File) {
	t.Helper()
	files := token.NewFileSet()
	names, err := filepath.Glob("../../sockets/*.go")
	if err != nil || len(names) < 50 {
		t.Fatal(len(names), err, fs.ErrNotExist)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// TestSilent holds those entries that have no experiment against the source: an
// errno that nothing returns, a counter that nothing counts.
func TestSilent(t *testing.T) {
	used := map[string]bool{}
	for _, file := range source(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.KeyValueExpr: // an errno's line in the table of names
				if id, ok := x.Key.(*ast.Ident); ok {
					if lit, ok := x.Value.(*ast.CompositeLit); ok && len(lit.Elts) > 0 && spell(lit.Elts[0]) == id.Name {
						return false
					}
				}
			case *ast.ReturnStmt:
				for _, e := range x.Results {
					if id, ok := e.(*ast.Ident); ok {
						used[id.Name] = true
					}
				}
			case *ast.IncDecStmt:
				if sel, ok := x.X.(*ast.SelectorExpr); ok {
					used[sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	for _, e := range All() {
		for _, n := range e.Names {
			if e.Silent != "" && used[n] {
				t.Errorf("%s is said not to be shown, and the source has it", n)
			}
		}
	}
	if !used["EMFILE"] || !used["ListenOverflows"] {
		t.Error("the source is not read as it should")
	}
}
