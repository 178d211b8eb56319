package cell

import (
	"bytes"
	"context"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// Inspection is what is known about a name.
type Inspection struct {
	Plain, Markdown string // empty: nothing is known
}

// Inspect tells what the name at the cursor is: its declaration and its
// documentation. Behind an open bracket it is the function that is called. at counts
// the bytes before the cursor.
//
// Where the type checker knows nothing and there is a gopls, it is asked.
func (e *Engine) Inspect(ctx context.Context, code string, at int) Inspection {
	result, q := e.inspectTypes(ctx, code, at)
	if q != nil && result.Plain == "" {
		result = q.inspect(ctx)
	}
	return result
}

func (e *Engine) inspectTypes(ctx context.Context, code string, at int) (result Inspection, q *question) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at = min(max(at, 0), len(code))
	line := code[strings.LastIndexByte(code[:at], '\n')+1:]
	if word := strings.TrimPrefix(line, escapePrefix); strings.HasPrefix(word, "%") {
		return inspectDirective(word), nil
	}
	c, ok := findCaret(code, at)
	if ok && c.start == c.end { // f(x, | asks for f
		if called := calledAt(c.code[:c.at]); called >= 0 {
			c, ok = findCaret(code, called+c.shift)
		}
	}
	if !ok || c.start == c.end {
		return result, nil
	}
	e.assist(ctx, c, c.code[c.start:c.end], func(v *view) bool {
		o := v.object()
		if o == nil {
			return false
		}
		result = e.describe(v, o)
		return true
	})
	if result.Plain == "" { // the name of a package alone
		result = e.describePackage(ctx, c.code[c.start:c.end])
	}
	return result, e.question(c)
}

func (e *Engine) describePackage(ctx context.Context, name string) Inspection {
	importPath := e.builder.packageCalled(name)
	if importPath == "" {
		return Inspection{}
	}
	ctx, cancel := context.WithTimeout(ctx, assistPatience)
	defer cancel()
	if _, err := e.exports(ctx, []string{importPath}); err != nil {
		return Inspection{}
	}
	p := e.builder.documented(importPath)
	if p == nil {
		return Inspection{}
	}
	return p.describe().inspection()
}

func inspectDirective(word string) Inspection {
	word, _, _ = strings.Cut(strings.TrimSpace(word), " ")
	for _, d := range directives {
		if name, _, _ := strings.Cut(d.usage, " "); name == word {
			return Inspection{d.usage + "\n\n" + d.what, "```\n" + d.usage + "\n```\n\n" + d.what}
		}
	}
	return Inspection{}
}

// calledAt finds the end of the function's name before the innermost bracket that
// is open at the end of code, -1 if there is none.
func calledAt(code string) int {
	depth := 0
	for i := len(code) - 1; i >= 0; i-- {
		switch code[i] {
		case ')', ']', '}':
			depth++
		case '[', '{':
			depth--
		case '(':
			if depth--; depth < 0 {
				return i
			}
		}
		if depth < 0 {
			return -1
		}
	}
	return -1
}

// object is what the name at the cursor stands for.
func (v *view) object() (o types.Object) {
	ast.Inspect(v.file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Pos() == v.pos {
			o = v.info.ObjectOf(id)
		}
		return true
	})
	switch x := o.(type) { // of a generic type: as declared
	case *types.Func:
		o = x.Origin()
	case *types.Var:
		o = x.Origin()
	}
	return o
}

// documentation is a declaration and what is said about it.
type documentation struct {
	decl, text string
	pkg        *doc.Package // for its links; may be nil
}

func (e *Engine) describe(v *view, o types.Object) Inspection {
	d := documentation{decl: types.ObjectString(o, func(p *types.Package) string {
		if p == v.pkg {
			return ""
		}
		return p.Name()
	})}
	switch x := o.(type) {
	case *types.PkgName:
		if p := e.builder.documented(x.Imported().Path()); p != nil {
			d = p.describe()
		}
	default:
		switch {
		case o.Pkg() == nil:
			if p := e.builder.documented("builtin"); p != nil {
				d = p.find(o, token.Position{}, d)
			}
		case o.Pkg() == v.pkg:
			d = v.own(o, d)
		default:
			if p := e.builder.documented(o.Pkg().Path()); p != nil {
				d = p.find(o, v.fset.Position(o.Pos()), d)
			}
		}
	}
	return d.inspection()
}

func (p *docPackage) describe() documentation {
	return documentation{"package " + p.Name + " // import \"" + p.ImportPath + "\"", p.Doc, p.Package}
}

// inspection is a documentation as front ends show it.
func (d documentation) inspection() Inspection {
	plain, markdown := d.decl, "```go\n"+d.decl+"\n```\n"
	if text := strings.TrimSpace(d.text); text != "" {
		plain += "\n\n" + text
		if d.pkg != nil {
			text = string(d.pkg.Markdown(d.text))
		} else {
			text = string(new(doc.Package).Markdown(d.text))
		}
		markdown += "\n" + text
	}
	return Inspection{strings.TrimSpace(plain), markdown}
}

// own finds a declaration among the reader's.
func (v *view) own(o types.Object, d documentation) documentation {
	for _, file := range []string{"cell.go", "memory.go"} {
		syntax, _ := parser.ParseFile(v.fset, file, v.source[file], parser.ParseComments)
		if syntax == nil {
			continue
		}
		for _, decl := range syntax.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.Name == o.Name() && v.isFunc(o, decl) {
					return documentation{decl: printed(v.fset, withoutBody(decl), nil), text: decl.Doc.Text()}
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if named(spec, o.Name()) && o.Parent() == v.pkg.Scope() {
						text := decl.Doc.Text()
						one := &ast.GenDecl{TokPos: spec.Pos(), Tok: decl.Tok, Specs: []ast.Spec{withoutDoc(spec)}}
						return documentation{decl: printed(v.fset, one, syntax.Comments), text: text}
					}
				}
			}
		}
	}
	return d
}

func (v *view) isFunc(o types.Object, decl *ast.FuncDecl) bool {
	f, ok := o.(*types.Func)
	return ok && (f.Signature().Recv() == nil) == (decl.Recv == nil)
}

func named(spec ast.Spec, name string) bool {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.Name == name
	case *ast.ValueSpec:
		return slices.ContainsFunc(spec.Names, func(id *ast.Ident) bool { return id.Name == name })
	}
	return false
}

func withoutDoc(spec ast.Spec) ast.Spec {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		short := *spec
		short.Doc = nil
		return &short
	case *ast.ValueSpec:
		short := *spec
		short.Doc = nil
		return &short
	}
	return spec
}

func withoutBody(f *ast.FuncDecl) *ast.FuncDecl {
	short := *f
	short.Body, short.Doc = nil, nil
	return &short
}

// printed is a declaration's text, with the comments inside it.
func printed(fset *token.FileSet, node ast.Node, comments []*ast.CommentGroup) string {
	var b bytes.Buffer
	var inside []*ast.CommentGroup
	for _, c := range comments {
		place := strings.HasPrefix(c.List[0].Text, "//line ") || strings.HasPrefix(c.List[0].Text, "/*line ")
		if c.Pos() >= node.Pos() && c.End() <= node.End() && !place {
			inside = append(inside, c)
		}
	}
	if err := format.Node(&b, fset, &printer.CommentedNode{Node: node, Comments: inside}); err != nil {
		return ""
	}
	return b.String()
}

// docPackage is a package's documentation and its syntax.
type docPackage struct {
	*doc.Package
	fset  *token.FileSet
	files []*ast.File
}

// documented reads the sources of a package, nil if there are none.
func (b *Builder) documented(importPath string) *docPackage {
	b.mu.Lock()
	p := b.listed[importPath]
	b.mu.Unlock()
	var names []string
	switch {
	case importPath == "builtin" && b.tools != nil:
		names = []string{filepath.Join(b.tools.root, "src", "builtin", "builtin.go")}
	case p == nil:
		return nil
	default:
		for _, name := range p.GoFiles {
			names = append(names, filepath.Join(p.Dir, name))
		}
	}
	d := &docPackage{fset: token.NewFileSet()}
	for _, name := range names {
		syntax, err := parser.ParseFile(d.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil
		}
		d.files = append(d.files, syntax)
	}
	mode := doc.Mode(0)
	if importPath == "builtin" {
		mode = doc.AllDecls
	}
	var err error
	if d.Package, err = doc.NewFromFiles(d.fset, d.files, importPath, mode|doc.PreserveAST); err != nil {
		return nil
	}
	return d
}

// find looks an object up; at is where it is declared. otherwise is the answer if
// it has no documentation.
func (p *docPackage) find(o types.Object, at token.Position, otherwise documentation) documentation {
	name := o.Name()
	if v, ok := o.(*types.Var); ok && v.IsField() {
		otherwise.text, otherwise.pkg = p.field(name, at), p.Package
		return otherwise
	}
	if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil {
		return p.method(f, at, otherwise)
	}
	answer := func(decl ast.Decl, text string) documentation {
		return documentation{p.source(decl), text, p.Package}
	}
	funcs, values := slices.Clone(p.Funcs), slices.Concat(p.Consts, p.Vars)
	for _, t := range p.Types {
		if t.Name == name {
			return answer(t.Decl, t.Doc)
		}
		funcs, values = append(funcs, t.Funcs...), slices.Concat(values, t.Consts, t.Vars)
	}
	for _, f := range funcs {
		if f.Name == name {
			return answer(withoutBody(f.Decl), f.Doc)
		}
	}
	for _, v := range values {
		if slices.Contains(v.Names, name) {
			otherwise.text, otherwise.pkg = p.value(v, name), p.Package
			return otherwise
		}
	}
	return otherwise
}

// value is what is said about one of several constants or variables.
func (p *docPackage) value(v *doc.Value, name string) string {
	for _, spec := range v.Decl.Specs {
		if spec, ok := spec.(*ast.ValueSpec); ok && named(spec, name) {
			if text := spec.Doc.Text() + spec.Comment.Text(); text != "" {
				return text
			}
		}
	}
	return v.Doc
}

func (p *docPackage) method(f *types.Func, at token.Position, otherwise documentation) documentation {
	for _, t := range p.Types {
		for _, m := range t.Methods {
			if m.Name == f.Name() && (at.Line == 0 || p.fset.Position(m.Decl.Name.Pos()).Line == at.Line) {
				return documentation{p.source(withoutBody(m.Decl)), m.Doc, p.Package}
			}
		}
	}
	otherwise.text, otherwise.pkg = p.field(f.Name(), at), p.Package // of an interface
	return otherwise
}

// field is what is said about a field, or a method of an interface, declared at a
// line.
func (p *docPackage) field(name string, at token.Position) (text string) {
	for _, file := range p.files {
		if filepath.Base(p.fset.Position(file.Pos()).Filename) != filepath.Base(at.Filename) {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.Field)
			if ok && slices.ContainsFunc(f.Names, func(id *ast.Ident) bool {
				return id.Name == name && p.fset.Position(id.Pos()).Line == at.Line
			}) {
				text = f.Doc.Text() + f.Comment.Text()
			}
			return true
		})
	}
	return text
}

func (p *docPackage) source(decl ast.Decl) string {
	if g, ok := decl.(*ast.GenDecl); ok {
		short := *g
		short.Doc = nil
		decl = &short
	}
	var comments []*ast.CommentGroup
	for _, file := range p.files {
		comments = append(comments, file.Comments...)
	}
	return printed(p.fset, decl, comments)
}
