package sockets

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryNameIsDocumented reads what pkg.go.dev would show: each exported name of
// the published packages has a comment, and each function and type is shown in an
// example, its own or another's.
func TestEveryNameIsDocumented(t *testing.T) {
	for _, pkg := range append(slices.Clone(published), "sockets/script") {
		p, err := documentation(filepath.Join("..", pkg))
		if err != nil {
			t.Fatal(err)
		}
		shown := shownIn(p)
		var bare, unshown []string
		see := func(name, text string, shown bool) {
			if strings.TrimSpace(text) == "" {
				bare = append(bare, name)
			}
			if !shown {
				unshown = append(unshown, name)
			}
		}
		for _, f := range p.Funcs {
			see(f.Name, f.Doc, shown[f.Name])
		}
		for _, v := range slices.Concat(p.Consts, p.Vars) {
			bare = append(bare, bareValues(v)...)
		}
		for _, ty := range p.Types {
			for _, f := range ty.Funcs {
				see(f.Name, f.Doc, shown[f.Name])
				shown[ty.Name] = shown[ty.Name] || shown[f.Name]
			}
			for _, m := range ty.Methods {
				// One that fmt or errors calls is known by its name.
				known := m.Name == "String" || m.Name == "Error" || m.Name == "Is" || m.Name == "Unwrap"
				if m.Doc == "" && !known {
					bare = append(bare, ty.Name+"."+m.Name)
				}
				shown[ty.Name] = shown[ty.Name] || shown[m.Name] && !known
			}
			see(ty.Name, ty.Doc, shown[ty.Name])
			for _, v := range slices.Concat(ty.Consts, ty.Vars) {
				bare = append(bare, bareValues(v)...)
			}
		}
		if len(bare) > 0 {
			t.Errorf("%s: without a comment: %s", pkg, strings.Join(bare, " "))
		}
		if len(unshown) > 0 {
			t.Errorf("%s: in no example: %s", pkg, strings.Join(unshown, " "))
		}
	}
}

// documentation reads a package with its examples.
func documentation(dir string) (*doc.Package, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		test := strings.HasSuffix(name, "_test.go")
		if test && !strings.Contains(string(data), "\nfunc Example") || strings.HasSuffix(name, "_other.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return doc.NewFromFiles(fset, files, "socketbook/"+filepath.ToSlash(strings.TrimPrefix(dir, "../")))
}

// shownIn are the names that the examples of a package mention.
func shownIn(p *doc.Package) map[string]bool {
	shown := map[string]bool{}
	examples := slices.Clone(p.Examples)
	for _, f := range p.Funcs {
		examples = append(examples, f.Examples...)
	}
	for _, ty := range p.Types {
		examples = append(examples, ty.Examples...)
		if len(ty.Examples) > 0 {
			shown[ty.Name] = true
		}
		for _, f := range slices.Concat(ty.Funcs, ty.Methods) {
			examples = append(examples, f.Examples...)
			if len(f.Examples) > 0 {
				shown[ty.Name] = true
			}
		}
	}
	for _, e := range examples {
		ast.Inspect(e.Code, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				shown[id.Name] = true
			}
			return true
		})
	}
	return shown
}

// bareValues are the exported names of a group that has no comment at all, neither
// its own nor one beside a name.
func bareValues(v *doc.Value) (bare []string) {
	if strings.TrimSpace(v.Doc) != "" {
		return nil
	}
	for _, spec := range v.Decl.Specs {
		s, ok := spec.(*ast.ValueSpec)
		if !ok || s.Doc.Text() != "" || s.Comment.Text() != "" {
			continue
		}
		for _, name := range s.Names {
			if name.IsExported() {
				bare = append(bare, name.Name)
			}
		}
	}
	return bare
}
