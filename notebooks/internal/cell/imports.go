package cell

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/imports"
)

// complete adds the imports that a program lacks and leaves out those that it does
// not use. Imports that a cell wrote come first, then the module's own packages; what
// is still missing is looked for in the standard library and in the modules of
// go.mod, by the library behind the goimports command. What is added here is not
// remembered with the declarations: the next cell's rand may be another one.
func (e *Engine) complete(ctx context.Context, units []unit, main *unit) ([]unit, error) {
	tools, err := e.builder.ready(ctx)
	if err != nil {
		return nil, err
	}
	used := packageRefs(compose(units, main))
	units = slices.Clone(units)
	have := map[string]bool{}
	for _, u := range units {
		if u.kind == token.IMPORT {
			have[u.names[0]] = true
		}
	}
	missing := map[string]symbols{}
	for name, wanted := range used {
		importPath := e.builder.ownPackages()[name]
		switch {
		case have[name]:
		case importPath != "" && !tools.standard(name):
			units = append(units, importUnit("", importPath))
		default:
			if known, ok := e.builder.recall(name, wanted); ok {
				units = append(units, known)
			} else {
				missing[name] = wanted
			}
		}
	}
	if len(missing) > 0 {
		units = e.builder.search(units, main, missing)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(units, func(u unit) bool {
		return u.kind == token.IMPORT && used[u.names[0]] == nil && !strings.Contains(u.names[0], " ")
	}), nil
}

// symbols are the names used of one package.
type symbols map[string]bool

// packageRefs finds the names before a dot that nothing in the program declares, and
// the names after it: they can only be packages and what is taken from them.
func packageRefs(source string) map[string]symbols {
	refs := map[string]symbols{}
	syntax, _ := parser.ParseFile(token.NewFileSet(), "", source, parser.AllErrors)
	if syntax == nil { // what is not finished yet has refs too
		return refs
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil {
				if refs[x.Name] == nil {
					refs[x.Name] = symbols{}
				}
				refs[x.Name][sel.Sel.Name] = true
			}
		}
		return true
	})
	return refs
}

// search lets the imports library complete the program, and takes over the imports
// that it added or gave their true name. It costs some milliseconds for the
// standard library and a tenth of a second where it must read the modules: so the
// answers are kept.
func (b *Builder) search(units []unit, main *unit, missing map[string]symbols) []unit {
	// The file need not exist; its folder says in which module to look.
	file := filepath.Join(b.module, "gonb_cell.go")
	source, err := imports.Process(file, []byte(compose(units, main)), &imports.Options{})
	if err != nil {
		return units // the compiler will say it better
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly)
	if err != nil {
		return units
	}
	for _, spec := range syntax.Imports {
		importPath, alias := strings.Trim(spec.Path.Value, "\"`"), ""
		if spec.Name != nil {
			alias = spec.Name.Name
		}
		name := importName(alias, importPath)
		known := slices.IndexFunc(units, func(u unit) bool { return u.path == importPath })
		switch {
		case known >= 0:
			units[known].names = []string{name}
		case !internalPath(importPath): // a cell stands outside the module
			units = append(units, importUnit(alias, importPath))
			b.remember(name, answer{alias, importPath, missing[name]})
		}
	}
	return units
}

// answer is an import that the library found, and what was wanted of it.
type answer struct {
	alias, path string
	symbols     symbols
}

func (b *Builder) remember(name string, a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[name] = a
}

// recall gives the last answer again if no more is wanted than then.
func (b *Builder) recall(name string, wanted symbols) (unit, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.answers[name]
	for symbol := range wanted {
		ok = ok && a.symbols[symbol]
	}
	return importUnit(a.alias, a.path), ok
}

// importUnit is an import that no cell wrote.
func importUnit(alias, importPath string) unit {
	text := `"` + importPath + `"`
	if alias != "" {
		text = alias + " " + text
	}
	return unit{kind: token.IMPORT, names: []string{importName(alias, importPath)}, path: importPath, pieces: []piece{{text: text}}}
}

func internalPath(importPath string) bool {
	return slices.Contains(strings.Split(importPath, "/"), "internal")
}

// ownPackages maps the names of the module's packages that a cell may import to
// their paths. Only folders are read, so that a package that does not compile at
// the moment is still found, and its errors shown.
func (b *Builder) ownPackages() map[string]string {
	b.ownOnce.Do(func() {
		b.own = map[string]string{}
		modulePath, err := b.modulePath()
		if err != nil {
			return
		}
		filepath.WalkDir(b.module, func(dir string, d os.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil
			}
			rel, _ := filepath.Rel(b.module, dir)
			name := filepath.Base(dir)
			if rel != "." && (name == "internal" || name == "testdata" || name[0] == '.' || name[0] == '_' || isFile(dir, "go.mod")) {
				return filepath.SkipDir
			}
			if rel != "." && packageIn(dir) == name && b.own[name] == "" {
				b.own[name] = path.Join(modulePath, filepath.ToSlash(rel))
			}
			return nil
		})
	})
	return b.own
}

// packageIn is the name of the package in a folder, "" if there is none.
func packageIn(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		if err == nil {
			return syntax.Name.Name
		}
	}
	return ""
}

// standard tells the names of packages at the top of the standard library.
func (t *tools) standard(name string) bool {
	_, err := os.Stat(filepath.Join(t.root, "src", name))
	return err == nil
}

func isFile(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular()
}
