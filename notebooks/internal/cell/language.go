package cell

import (
	"context"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"socketbook/notebooks/internal/gopls"
)

// goplsPatience bounds what a key press waits for gopls, which answers in a few
// milliseconds once it knows the module. Until then there is the type checker alone.
const goplsPatience = 300 * time.Millisecond

// question is what gopls is asked: a program, and a place in it. It is put together
// under the engine's lock and asked without it.
type question struct {
	server *gopls.Server
	files  []gopls.File
	at     int
}

// question is nil where there is no gopls. The first one starts it, for a folder that
// is not there, in the module of the cells.
func (e *Engine) question(c caret) *question {
	if e.goplsPath == "" {
		return nil
	}
	if e.gopls == nil {
		server, err := gopls.Start(e.goplsPath, filepath.Join(e.builder.module, filepath.Base(e.tmp)))
		if err != nil {
			e.goplsPath = "" // it will not start the next time either
			return nil
		}
		e.gopls = server
	}
	memory := slices.DeleteFunc(slices.Clone(e.units), func(u unit) bool { return u.kind == token.IMPORT })
	q := &question{server: e.gopls}
	for _, f := range []gopls.File{{Name: "cell.go", Text: c.code}, {Name: "memory.go", Text: strings.TrimPrefix(compose(memory, &unit{kind: token.FUNC}), "package main\n")}} {
		head := "package main; " + e.importsFor("package main\n"+f.Text)
		if len(q.files) == 0 {
			q.at = len(head) + c.at
		}
		q.files = append(q.files, gopls.File{Name: f.Name, Text: head + f.Text})
	}
	return q
}

// goplsKinds names the kinds of the protocol as match does.
var goplsKinds = map[int]string{2: "method", 3: "function", 5: "field", 6: "variable", 7: "type", 8: "type", 9: "module", 14: "keyword", 21: "constant", 22: "type"}

func (q *question) complete(ctx context.Context) (list []Match) {
	ctx, cancel := context.WithTimeout(ctx, goplsPatience)
	defer cancel()
	items, err := q.server.Complete(ctx, q.files, q.at)
	if err != nil {
		return nil
	}
	for _, i := range items {
		if strings.IndexFunc(i.Text, func(r rune) bool { return !nameRune(r) }) < 0 { // no snippets
			list = append(list, Match{i.Text, goplsKinds[i.Kind], i.Detail})
		}
	}
	return list
}

func (q *question) inspect(ctx context.Context) Inspection {
	ctx, cancel := context.WithTimeout(ctx, goplsPatience)
	defer cancel()
	text, err := q.server.Hover(ctx, q.files, q.at)
	if err != nil || text == "" {
		return Inspection{}
	}
	plain := strings.NewReplacer("```go\n", "", "```", "", "\n---\n", "").Replace(text)
	return Inspection{Plain: strings.TrimSpace(plain), Markdown: text + "\n"}
}

// withFirst puts matches before others, each once.
func withFirst(first, others []Match, prefix string) []Match {
	return matching(slices.Concat(matching(first, prefix), others), prefix)
}
