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
// not use. Imports of earlier cells and the module's own packages come first; what
// is then still missing is looked for in the standard library and in the modules
// of go.mod, by the library behind the goimports command.
func (e *Engine) complete(ctx context.Context, units []unit, main *unit) ([]unit, error) {
	tools, err := e.builder.ready(ctx)
	if err != nil {
		return nil, err
	}
	used := packageNames(compose(units, main))
	have := map[string]bool{}
	for _, u := range units {
		if u.kind == token.IMPORT {
			have[u.names[0]] = true
		}
	}
	missing := false
	for name := range used {
		importPath := e.builder.ownPackages()[name]
		switch {
		case have[name]:
		case importPath != "" && !tools.standard(name):
			units = append(units, importUnit("", importPath))
		default:
			missing = true
		}
	}
	if missing {
		units = e.search(units, main)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(units, func(u unit) bool {
		return u.kind == token.IMPORT && !used[u.names[0]] && !strings.Contains(u.names[0], " ")
	}), nil
}

// search lets the imports library complete the program, and takes over the imports
// that it added or gave their true name. It costs some milliseconds for the
// standard library, and more where it must read the modules: only then is it asked.
func (e *Engine) search(units []unit, main *unit) []unit {
	// The file need not exist; its folder says in which module to look.
	file := filepath.Join(e.builder.module, "gonb_cell.go")
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
		known := slices.IndexFunc(units, func(u unit) bool { return u.path == importPath })
		switch {
		case known >= 0:
			units[known].names = []string{importName(alias, importPath)}
		case !internalPath(importPath): // a cell stands outside the module
			units = append(units, importUnit(alias, importPath))
		}
	}
	return units
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

// packageNames finds the names before a dot that nothing in the program declares:
// they can only be packages.
func packageNames(source string) map[string]bool {
	names := map[string]bool{}
	syntax, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		return names
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil {
				names[x.Name] = true
			}
		}
		return true
	})
	return names
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
