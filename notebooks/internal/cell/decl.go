package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
)

// unit is one declaration that stays for later cells: an import, a block of
// constants, a type, a variable (or several with one value), a function.
type unit struct {
	kind    token.Token // IMPORT, CONST, TYPE, VAR or FUNC
	names   []string    // what it declares; a later unit with one of them replaces it
	pieces  []piece     // its text
	effects bool        // something in it runs before main
	path    string      // of an import
}

// piece is a stretch of a cell's text and the place where it begins.
type piece struct {
	text string
	at   token.Position // Filename is fileOf(cell)
	name string         // the constant it names, so that it can be blanked
}

// parsed is what a cell declares.
type parsed struct {
	units []unit
	main  *unit
}

// fileOf is the name under which the compiler knows a cell.
func fileOf(cell int) string { return fmt.Sprintf("cell-%d.go", cell) }

// parse finds the declarations in a cell's code. The //line comment gives every
// position in the cell's own numbers.
func parse(cell int, code string) (*parsed, error) {
	src := fmt.Sprintf("package main\n//line %s:1:1\n%s", fileOf(cell), code)
	d := &declarations{fset: token.NewFileSet(), src: src}
	file, err := parser.ParseFile(d.fset, "", src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if err != nil {
		return nil, err
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			d.function(decl)
		case *ast.GenDecl:
			d.general(decl)
		}
	}
	return &d.parsed, nil
}

// declarations collects units from the syntax of one cell.
type declarations struct {
	parsed
	fset *token.FileSet
	src  string
}

func (d *declarations) piece(from, to token.Pos) piece {
	f := d.fset.File(from)
	return piece{text: d.src[f.Offset(from):f.Offset(to)], at: d.fset.Position(from)}
}

func (d *declarations) add(u unit) { d.units = append(d.units, u) }

func (d *declarations) function(f *ast.FuncDecl) {
	name, from := f.Name.Name, f.Pos()
	if f.Doc != nil { // it may hold a //go: comment for the compiler
		from = f.Doc.Pos()
	}
	u := unit{kind: token.FUNC, names: []string{name}, pieces: []piece{d.piece(from, f.End())}}
	switch {
	case f.Recv != nil && len(f.Recv.List) > 0:
		u.names[0] = receiver(f.Recv.List[0].Type) + "." + name
	case name == "main":
		d.main = &u
		return
	case name == "init":
		u.effects = true
	case strings.HasPrefix(name, "init_"): // compiled under the name init, its line kept
		u.effects = true
		u.pieces = []piece{d.piece(from, f.Name.Pos()), d.piece(f.Name.End(), f.End())}
		u.pieces[0].text += "init"
	case name == "_":
		u.names[0] = "_ " + u.pieces[0].text
	}
	d.add(u)
}

// receiver is the name of the type that a method belongs to.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.ParenExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return "?"
}

func (d *declarations) general(g *ast.GenDecl) {
	if g.Tok == token.CONST {
		d.constants(g)
		return
	}
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.ImportSpec:
			p := d.piece(spec.Pos(), spec.End())
			alias := ""
			if spec.Name != nil {
				alias = spec.Name.Name
			}
			importPath := strings.Trim(spec.Path.Value, "\"`")
			d.add(unit{kind: token.IMPORT, names: []string{importName(alias, importPath)}, pieces: []piece{p},
				path: importPath, effects: alias == "_"})
		case *ast.TypeSpec:
			d.add(unit{kind: token.TYPE, names: []string{spec.Name.Name}, pieces: []piece{d.piece(spec.Pos(), spec.End())}})
		case *ast.ValueSpec:
			d.variables(spec)
		}
	}
}

// importName is the name that an import brings into the program. Dot and blank
// imports bring none and never replace one another.
func importName(alias, importPath string) string {
	switch alias {
	case "":
		base := path.Base(importPath)
		if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" && path.Dir(importPath) != "." {
			base = path.Base(path.Dir(importPath)) // math/rand/v2 is rand
		}
		return base
	case ".", "_":
		return alias + " " + importPath
	}
	return alias
}

// constants keeps a const block whole: with iota the place of each line counts.
func (d *declarations) constants(g *ast.GenDecl) {
	u := unit{kind: token.CONST}
	from := g.Pos()
	for _, spec := range g.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			u.pieces = append(u.pieces, d.piece(from, name.Pos()))
			named := d.piece(name.Pos(), name.End())
			named.name = name.Name
			u.pieces = append(u.pieces, named)
			from = name.End()
			if name.Name != "_" {
				u.names = append(u.names, name.Name)
			}
		}
	}
	u.pieces = append(u.pieces, d.piece(from, g.End()))
	d.add(u)
}

// variables makes a unit of each variable, so that each can be replaced alone.
// Names that share one value (a, b = f()) stay together.
func (d *declarations) variables(spec *ast.ValueSpec) {
	effects := slices.ContainsFunc(spec.Values, func(e ast.Expr) bool { return !plain(e) })
	if len(spec.Names) == 1 || len(spec.Values) == 1 {
		u := unit{kind: token.VAR, pieces: []piece{d.piece(spec.Pos(), spec.End())}, effects: effects}
		for _, name := range spec.Names {
			if name.Name != "_" {
				u.names = append(u.names, name.Name)
			}
		}
		if u.names == nil { // var _ = …: replaced only by itself
			u.names = []string{"_ " + u.pieces[0].text}
		}
		d.add(u)
		return
	}
	for i, name := range spec.Names {
		u := unit{kind: token.VAR, names: []string{name.Name}, pieces: []piece{d.piece(name.Pos(), name.End())}, effects: effects}
		if spec.Type != nil {
			u.pieces = append(u.pieces, d.piece(spec.Type.Pos(), spec.Type.End()))
		}
		if i < len(spec.Values) {
			value := d.piece(spec.Values[i].Pos(), spec.Values[i].End())
			u.pieces[len(u.pieces)-1].text += " ="
			u.pieces = append(u.pieces, value)
		}
		if name.Name == "_" {
			u.names[0] = "_ " + u.pieces[len(u.pieces)-1].text
		}
		d.add(u)
	}
}

// plain tells the values whose evaluation nobody can see and nothing can stop. A
// program of plain variables and an empty main need not be run.
func plain(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.Ident, *ast.FuncLit:
		return true
	case *ast.ParenExpr:
		return plain(e.X)
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && plain(e.X)
	case *ast.BinaryExpr:
		return e.Op != token.QUO && e.Op != token.REM && e.Op != token.SHL && e.Op != token.SHR && plain(e.X) && plain(e.Y)
	case *ast.KeyValueExpr:
		return plain(e.Key) && plain(e.Value)
	case *ast.CompositeLit:
		return !slices.ContainsFunc(e.Elts, func(e ast.Expr) bool { return !plain(e) })
	}
	return false
}

// merge returns the units of old that no unit of fresh replaces, followed by
// fresh. Neither is changed.
func merge(old, fresh []unit) []unit {
	replaced := map[string]bool{}
	for _, u := range fresh {
		for _, name := range u.names {
			replaced[name] = true
		}
	}
	merged := make([]unit, 0, len(old)+len(fresh))
	for _, u := range old {
		if kept, ok := u.without(replaced); ok {
			merged = append(merged, kept)
		}
	}
	return append(merged, fresh...)
}

// without is the unit with these names taken out; false if nothing is left. In a
// const block the other lines keep their values: the name becomes _.
func (u unit) without(gone map[string]bool) (unit, bool) {
	left := slices.DeleteFunc(slices.Clone(u.names), func(name string) bool { return gone[name] })
	switch {
	case len(left) == len(u.names):
		return u, true
	case len(left) == 0 || u.kind != token.CONST:
		return unit{}, false
	}
	u.names, u.pieces = left, slices.Clone(u.pieces)
	for i := range u.pieces {
		if p := &u.pieces[i]; gone[p.name] {
			p.text, p.name = "_", ""
		}
	}
	return u, true
}
