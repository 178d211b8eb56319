package cell

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// assistPatience bounds what a key press may wait for: a package that must first be
// compiled is left for the next one.
const assistPatience = 3 * time.Second

// caret is a place in a cell: a name, as far as it is written, and what stands
// before it.
type caret struct {
	code       string // Go, with the lines of the cell
	start, end int    // of the name in code
	at         int    // the cursor in code
	shift      int    // from code to the cell
}

// view is what the type checker knows about a cell that is being written.
type view struct {
	fset   *token.FileSet
	pkg    *types.Package
	info   *types.Info
	file   *ast.File
	pos    token.Pos // of the name at the cursor
	source map[string]string
}

// findCaret takes the cell apart and looks for the name around the cursor; at
// counts bytes. False: the cursor is not in Go code.
func findCaret(code string, at int) (caret, bool) {
	at = min(max(at, 0), len(code))
	t, err := split(code)
	if err != nil {
		return caret{}, false
	}
	line := strings.Count(code[:at], "\n")
	begin := strings.LastIndexByte(code[:at], '\n') + 1
	column := at - begin
	lines := strings.SplitAfter(t.code, "\n")
	before := strings.Join(lines[:line], "")
	got := strings.TrimRight(lines[line], "\n")
	written, _, _ := strings.Cut(code[begin:], "\n")
	if got != strings.TrimRight(written, "\r") || column > len(got) {
		return caret{}, false // a % or ! line
	}
	c := caret{code: t.code, at: len(before) + column, shift: begin - len(before)}
	c.start, c.end = c.at, c.at
	for c.start > 0 {
		r, size := utf8.DecodeLastRuneInString(c.code[:c.start])
		if !nameRune(r) {
			break
		}
		c.start -= size
	}
	for c.end < len(c.code) {
		r, size := utf8.DecodeRuneInString(c.code[c.end:])
		if !nameRune(r) {
			break
		}
		c.end += size
	}
	return c, !inText(c.code, c.at)
}

func nameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// inText tells whether a place is inside a comment or a string.
func inText(code string, at int) bool {
	inside := false
	tokens(code, func(offset int, tok token.Token, lit string) {
		end := offset + len(lit)
		switch tok {
		case token.COMMENT:
			inside = inside || offset < at && (at < end || strings.HasPrefix(lit, "//") && at == end)
		case token.STRING, token.CHAR:
			inside = inside || offset < at && at < end
		}
	})
	return inside
}

func tokens(code string, see func(offset int, tok token.Token, lit string)) {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return
		}
		see(file.Offset(pos), tok, lit)
	}
}

// closers are the brackets that a text leaves open, closed.
func closers(code string) string {
	var open []string
	closing := map[token.Token]string{token.LPAREN: ")", token.LBRACK: "]", token.LBRACE: "\n}"}
	tokens(code, func(_ int, tok token.Token, _ string) {
		switch {
		case closing[tok] != "":
			open = append(open, closing[tok])
		case len(open) > 0 && (tok == token.RPAREN || tok == token.RBRACK || tok == token.RBRACE):
			open = open[:len(open)-1]
		}
	})
	slices.Reverse(open)
	return strings.Join(open, "") + "\n"
}

// chain is where the names joined by dots begin that end at start: a.b(c).|
func chain(code string, start int) int {
	for at := start; ; {
		if at == 0 || code[at-1] != '.' {
			return at
		}
		at--
		for at > 0 && (code[at-1] == ')' || code[at-1] == ']') {
			depth := 0
			for at > 0 {
				at--
				if strings.IndexByte(")]", code[at]) >= 0 {
					depth++
				} else if strings.IndexByte("([", code[at]) >= 0 {
					if depth--; depth == 0 {
						break
					}
				}
			}
		}
		for at > 0 {
			r, size := utf8.DecodeLastRuneInString(code[:at])
			if !nameRune(r) {
				break
			}
			at -= size
		}
	}
}

// attempts are readings of a cell that is not finished, the best first: as it is;
// what comes before the cursor, with its brackets closed; the last line alone below
// those before it; the last names alone. name stands in the place of the caret's.
func (c caret) attempts(name string) []attempt {
	from := chain(c.code, c.start)
	line := strings.LastIndexByte(c.code[:c.start], '\n') + 1
	last := c.code[from:c.start]
	first, lone := c.code[:c.start]+name, "_ = "+last+name
	// Above the cursor's line, brackets may be open that the line closes.
	above := c.code[:line]
	return []attempt{
		{first + c.code[c.end:], c.start},
		{first + closers(first), c.start},
		{above + lone + closers(above), line + len("_ = ") + len(last)},
		{"func _() {\n" + lone + "\n}\n", len("func _() {\n_ = ") + len(last)},
	}
}

type attempt struct {
	code string
	at   int // where the name begins
}

// view checks the types of a reading, together with the remembered declarations.
// Errors are expected: what can be known is known all the same.
func (e *Engine) view(ctx context.Context, a attempt) (v *view, err error) {
	defer func() { // half-written code may surprise the type checker; the kernel goes on
		if p := recover(); p != nil {
			err = fmt.Errorf("checking types: %v", p)
		}
	}()
	v = &view{fset: token.NewFileSet(), source: map[string]string{}, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{},
	}}
	memory := slices.DeleteFunc(slices.Clone(e.units), func(u unit) bool { return u.kind == token.IMPORT })
	var files []*ast.File
	var paths []string
	for _, f := range []struct{ name, code string }{{"cell.go", a.code}, {"memory.go", strings.TrimPrefix(compose(memory, &unit{kind: token.FUNC}), "package main\n")}} {
		head := "package main; " + e.importsFor("package main\n"+f.code)
		v.source[f.name] = head + f.code
		syntax, _ := parser.ParseFile(v.fset, f.name, head+f.code, parser.ParseComments|parser.AllErrors)
		if syntax == nil {
			return nil, errors.New("not Go")
		}
		for _, spec := range syntax.Imports {
			if p := strings.Trim(spec.Path.Value, "\"`"); !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		}
		if files = append(files, syntax); f.name == "cell.go" {
			v.file = syntax
			if !syntax.FileStart.IsValid() {
				return nil, errors.New("not Go")
			}
			v.pos = syntax.FileStart + token.Pos(len(head)+a.at)
		}
	}
	exports, err := e.exports(ctx, paths)
	if err != nil {
		return nil, err
	}
	config := types.Config{
		Error: func(error) {},
		Importer: importer.ForCompiler(v.fset, "gc", func(path string) (io.ReadCloser, error) {
			if exports[path] == "" {
				return nil, os.ErrNotExist
			}
			return os.Open(exports[path])
		}),
	}
	v.pkg, _ = config.Check("main", v.fset, files, v.info)
	return v, nil
}

// importsFor are the imports of a source text in one line: those that cells wrote,
// as far as they are used, and those that a name before a dot asks for.
func (e *Engine) importsFor(source string) string {
	var b strings.Builder
	refs := packageRefs(source)
	for _, u := range e.units {
		if u.kind == token.IMPORT && (refs[u.names[0]] != nil || strings.HasPrefix(u.names[0], ". ")) {
			delete(refs, u.names[0])
			b.WriteString("import " + u.pieces[0].text + "; ")
		}
	}
	for name := range refs {
		if p := e.builder.packageCalled(name); p != "" {
			b.WriteString("import " + name + " \"" + p + "\"; ")
		}
	}
	return b.String()
}

// packageCalled finds a package by its name alone: among those of the module, those
// found for earlier cells, and the standard library.
func (b *Builder) packageCalled(name string) string {
	own := b.ownPackages()[name]
	if own != "" && (b.tools == nil || !b.tools.standard(name)) {
		return own
	}
	b.mu.Lock()
	known := b.answers[name].path
	b.mu.Unlock()
	if known != "" {
		return known
	}
	return b.standardNames()[name]
}

// standardNames maps the names of the standard library's packages to the shortest
// path that ends in each.
func (b *Builder) standardNames() map[string]string {
	b.stdOnce.Do(func() {
		b.std = map[string]string{}
		if b.tools == nil {
			return
		}
		src := filepath.Join(b.tools.root, "src")
		filepath.WalkDir(src, func(dir string, d os.DirEntry, err error) error {
			if err != nil || !d.IsDir() || dir == src {
				return nil
			}
			rel, _ := filepath.Rel(src, dir)
			switch base := filepath.Base(dir); {
			case base == "internal" || base == "vendor" || base == "testdata" || base == "cmd":
				return filepath.SkipDir
			default:
				p := filepath.ToSlash(rel)
				name := importName("", p)
				if old := b.std[name]; (old == "" || len(p) < len(old)) && packageIn(dir) == name && path.Base(p) == name {
					b.std[name] = p
				}
			}
			return nil
		})
	})
	return b.std
}

// exports are the compiled forms of packages and of all that they import. A package
// that cannot be had is left out.
func (e *Engine) exports(ctx context.Context, paths []string) (map[string]string, error) {
	files := map[string]string{}
	for {
		packages, err := e.builder.closure(ctx, paths)
		if problem, ok := errors.AsType[*buildError](err); ok && slices.Contains(paths, problem.pkg) {
			paths = slices.DeleteFunc(paths, func(p string) bool { return p == problem.pkg })
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			files[p.ImportPath] = p.Export
		}
		return files, nil
	}
}

// assist tries the readings of a cell one after another, until use is content.
func (e *Engine) assist(ctx context.Context, c caret, name string, use func(*view) bool) {
	ctx, cancel := context.WithTimeout(ctx, assistPatience)
	defer cancel()
	if _, err := e.builder.ready(ctx); err != nil {
		return
	}
	for _, a := range c.attempts(name) {
		v, err := e.view(ctx, a)
		if ctx.Err() != nil {
			return
		}
		if err == nil && use(v) {
			return
		}
	}
}
