package cell

import (
	"context"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Completion is what may stand at the cursor.
type Completion struct {
	Start, End int // the bytes of the cell that a match replaces
	Matches    []Match
}

// Match is one way to go on.
type Match struct {
	Text   string
	Kind   string // as JupyterLab names them: function, type, field, …
	Detail string // the signature or the type
}

// placeholder is the name that stands at the cursor while types are checked.
const placeholder = "gonbCursor"

// Complete proposes what may stand at the cursor: names of packages and what is in
// them, the reader's own declarations, fields and methods, and directives. at counts
// the bytes before the cursor.
//
// Where there is a gopls, its matches come first, if they come at once.
func (e *Engine) Complete(ctx context.Context, code string, at int) Completion {
	result, q := e.completeTypes(ctx, code, at)
	if q != nil { // no lock is held: a cell may run meanwhile
		result.Matches = withFirst(q.complete(ctx), result.Matches, code[result.Start:result.End])
	}
	return result
}

// completeTypes knows what the type checker knows. The question is for gopls, nil if
// there is none.
func (e *Engine) completeTypes(ctx context.Context, code string, at int) (Completion, *question) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at = min(max(at, 0), len(code))
	none := Completion{Start: at, End: at}
	line := code[strings.LastIndexByte(code[:at], '\n')+1 : at]
	if word := strings.TrimPrefix(line, escapePrefix); strings.HasPrefix(word, "%") {
		return e.completeDirective(word, at), nil
	}
	c, ok := findCaret(code, at)
	if !ok {
		return none, nil
	}
	prefix := c.code[c.start:c.at]
	if prefix != "" && prefix[0] >= '0' && prefix[0] <= '9' {
		return none, nil
	}
	result := Completion{Start: c.start + c.shift, End: at}
	e.assist(ctx, c, placeholder, func(v *view) bool {
		list, found := e.candidates(v, prefix)
		result.Matches = matching(list, prefix)
		return found && len(list) > 0
	})
	return result, e.question(c)
}

// matching keeps what begins with the prefix; if nothing does, what begins with it
// in letters of another size.
func matching(list []Match, prefix string) []Match {
	keep := func(has func(text string) bool) (kept []Match) {
		seen := map[string]bool{placeholder: true, "_": true, "init": true}
		for _, m := range list {
			if !seen[m.Text] && has(m.Text) {
				seen[m.Text] = true
				kept = append(kept, m)
			}
		}
		return kept
	}
	exact := keep(func(text string) bool { return strings.HasPrefix(text, prefix) })
	if exact == nil {
		lower := strings.ToLower(prefix)
		exact = keep(func(text string) bool { return strings.HasPrefix(strings.ToLower(text), lower) })
	}
	return exact
}

func (e *Engine) completeDirective(word string, at int) Completion {
	result := Completion{Start: at - len(word), End: at}
	if name, begun, ok := strings.Cut(word, " "); ok {
		if name == "%rm" {
			result.Start = at - len(begun) + strings.LastIndexByte(begun, ' ') + 1
			for _, u := range e.units {
				for _, n := range u.names {
					if strings.HasPrefix(n, begun[strings.LastIndexByte(begun, ' ')+1:]) {
						result.Matches = append(result.Matches, Match{n, u.kind.String(), ""})
					}
				}
			}
		}
		return result
	}
	for _, d := range directives {
		if name, _, _ := strings.Cut(d.usage, " "); strings.HasPrefix(name, word) {
			result.Matches = append(result.Matches, Match{name, "magic", d.what})
		}
	}
	return result
}

// candidates are all that may stand in the place of the placeholder; false if the
// reading does not have it.
func (e *Engine) candidates(v *view, prefix string) ([]Match, bool) {
	var selector *ast.SelectorExpr
	var literal *ast.CompositeLit
	found := false
	ast.Inspect(v.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if n.Sel.Pos() == v.pos {
				selector = n
			}
		case *ast.CompositeLit:
			if hasKeyAt(n, v.pos) {
				literal = n
			}
		case *ast.Ident:
			found = found || n.Pos() == v.pos
		}
		return true
	})
	switch {
	case selector != nil:
		return v.members(selector.X), true
	case !found:
		return nil, false
	}
	var list []Match
	if literal != nil {
		list = v.keys(literal)
	}
	return append(list, e.inScope(v, prefix)...), true
}

// hasKeyAt tells whether a key of the literal may stand at pos.
func hasKeyAt(literal *ast.CompositeLit, pos token.Pos) bool {
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Key
		}
		if element.Pos() == pos {
			return true
		}
	}
	return false
}

// keys are the fields that a struct literal does not name yet.
func (v *view) keys(literal *ast.CompositeLit) (list []Match) {
	t, ok := structOf(v.info.TypeOf(literal))
	if !ok {
		return nil
	}
	used := map[string]bool{}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok {
				used[key.Name] = true
			}
		}
	}
	for field := range t.Fields() {
		if !used[field.Name()] && v.visible(field) {
			list = append(list, v.match(field))
		}
	}
	return list
}

func structOf(t types.Type) (*types.Struct, bool) {
	if t == nil {
		return nil, false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	return s, ok
}

func (v *view) visible(o types.Object) bool { return o.Exported() || o.Pkg() == v.pkg }

// members are what may follow a dot after x.
func (v *view) members(x ast.Expr) (list []Match) {
	if id, ok := x.(*ast.Ident); ok {
		if name, ok := v.info.Uses[id].(*types.PkgName); ok {
			scope := name.Imported().Scope()
			for _, n := range scope.Names() {
				if o := scope.Lookup(n); o.Exported() {
					list = append(list, v.match(o))
				}
			}
			return list
		}
	}
	t := v.info.TypeOf(x)
	if t == nil || t == types.Typ[types.Invalid] {
		return nil
	}
	if !v.info.Types[x].IsType() {
		list = v.fields(t, map[types.Type]bool{})
	}
	receiver := t
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer && !types.IsInterface(t) {
		receiver = types.NewPointer(t)
	}
	for method := range types.NewMethodSet(receiver).Methods() {
		if v.visible(method.Obj()) {
			list = append(list, v.match(method.Obj()))
		}
	}
	return list
}

// fields are those of a struct, then those of what it embeds.
func (v *view) fields(t types.Type, seen map[types.Type]bool) (list []Match) {
	s, ok := structOf(t)
	if !ok || seen[t] {
		return nil
	}
	seen[t] = true
	for field := range s.Fields() {
		if v.visible(field) {
			list = append(list, v.match(field))
		}
	}
	for field := range s.Fields() {
		if field.Embedded() {
			list = append(list, v.fields(field.Type(), seen)...)
		}
	}
	return list
}

var keywords = []string{"break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go", "goto",
	"if", "import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type", "var"}

// inScope are the names that mean something at the cursor, the nearest first, and
// the packages that would be imported.
func (e *Engine) inScope(v *view, prefix string) (list []Match) {
	packages := []Match{}
	for scope := v.pkg.Scope().Innermost(v.pos); scope != nil; scope = scope.Parent() {
		for _, name := range scope.Names() {
			o := scope.Lookup(name)
			local := scope != v.pkg.Scope() && scope != types.Universe
			if _, isPackage := o.(*types.PkgName); isPackage {
				packages = append(packages, v.match(o))
			} else if !local || o.Pos() < v.pos {
				list = append(list, v.match(o))
			}
		}
	}
	if v.pkg.Scope().Innermost(v.pos) == nil { // outside every declaration
		for _, name := range v.pkg.Scope().Names() {
			list = append(list, v.match(v.pkg.Scope().Lookup(name)))
		}
	}
	list = append(list, packages...)
	for _, name := range slices.Sorted(maps.Keys(e.builder.ownPackages())) {
		list = append(list, Match{name, "module", e.builder.ownPackages()[name]})
	}
	if prefix != "" { // the standard library is long
		for _, name := range slices.Sorted(maps.Keys(e.builder.standardNames())) {
			list = append(list, Match{name, "module", e.builder.standardNames()[name]})
		}
	}
	for _, word := range keywords {
		list = append(list, Match{word, "keyword", ""})
	}
	return list
}

// match describes an object as front ends show it.
func (v *view) match(o types.Object) Match {
	m := Match{Text: o.Name(), Kind: "statement"}
	short := types.RelativeTo(v.pkg)
	switch o := o.(type) {
	case *types.PkgName:
		return Match{o.Name(), "module", o.Imported().Path()}
	case *types.Func:
		m.Kind = "function"
		if o.Signature().Recv() != nil {
			m.Kind = "method"
		}
	case *types.Builtin:
		m.Kind = "function"
		return m
	case *types.TypeName:
		m.Kind = "type"
		return m
	case *types.Const:
		m.Kind = "constant"
	case *types.Var:
		if m.Kind = "variable"; o.IsField() {
			m.Kind = "field"
		}
	case *types.Nil:
		return m
	}
	m.Detail = types.TypeString(o.Type(), func(p *types.Package) string {
		if short(p) == "" {
			return ""
		}
		return p.Name()
	})
	return m
}
