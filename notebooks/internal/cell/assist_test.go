//go:build unix

package cell

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// at splits a text at its cursor, written |.
func at(text string) (code string, cursor int) {
	cursor = strings.IndexByte(text, '|')
	return text[:cursor] + text[cursor+1:], cursor
}

func completions(s *session, text string) []string {
	code, cursor := at(text)
	c := s.Complete(s.t.Context(), code, cursor)
	list := []string{}
	for _, m := range c.Matches {
		list = append(list, m.Text)
	}
	if c.End != cursor || c.Start > c.End || strings.ContainsAny(code[c.Start:c.End], ". \n(") {
		s.t.Errorf("%q: replaces bytes %d to %d", text, c.Start, c.End)
	}
	return list
}

func TestComplete(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "// point is a place.\ntype point struct {\n\tx, y int // in metres\n\tinner\n}\ntype inner struct{ z int }\nfunc (inner) greet() {}\n\n// far is a distance.\nfunc (p point) far() int { return p.x }\n\nfunc pointer() *point { return nil }\nconst pi2 = 6\nvar points []point")
	for text, want := range map[string]string{
		"%%\ngreet.|":                       "Hello Word",
		"greet.|":                           "Hello Word",
		"greet.He|":                         "Hello",
		"greet.he|":                         "Hello",
		"%%\nfmt.Println(greet.W|":          "Word",
		"%%\nfmt.Println(greet.W|)\nx := 1": "Word",
		"%%\nif greet.W| {\n}":              "Word",
		"%%\nif greet.W|":                   "Word",
		"%%\nfor _, p := range points {\n\tp.|\n}": "x y inner z far greet",
		"%%\np := points[0]\np.f|":                 "far",
		"%%\np := points[0]\nfmt.Println(p.f|":     "far",
		"pointer().f|":                             "far",
		"%%\npoint{|}":                             "first y",
		"%%\n_ = point{x: 1, y|}":                  "y",
		"%%\n_ = &point{\n\tx: 1,\n\t|,\n}":        "first y",
		"%%\npoi|":                                 "point pointer points",
		"%%\npoin := 1\npoi|":                      "poin point pointer points",
		"poi|":                                     "point pointer points",
		"func f(points2 int) { poi| }":             "points2 point pointer points",
		"%%\n_ = strings.TrimP|":                   "TrimPrefix",
		"strings.TrimP|":                           "TrimPrefix",
		"%%\nstrin|":                               "string strings",
		"%%\nfallt|":                               "fallthrough",
		"%%\n// greet.|":                           "",
		"%%\n_ = \"greet.|\"":                      "",
		"%%\n_ = `greet.|":                         "",
		"%%\n1.|":                                  "",
		"%go|":                                     "%goworkfix",
		"%%\nnobody.|":                             "",
		"!ls gr|":                                  "",
		"%rm poi|":                                 "point point.far pointer points",
		"%%\nimport |":                             "-",
	} {
		got := completions(s, text)
		if want == "-" { // anything, but no panic
			continue
		}
		if want == "first y" { // then everything in scope
			if len(got) < 9 || !slices.Contains(got[:2], "y") {
				t.Errorf("%q: %.100q; want the fields first", text, got)
			}
			continue
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %.200q; want %s", text, got, want)
		}
	}
	if c := s.Complete(t.Context(), "é", 99); c.Start > c.End || c.End > len("é") {
		t.Errorf("a cursor behind the end: %+v", c)
	}
}

func TestInspect(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", "// far is a distance.\nfunc far(x int) int { return x }\ntype point struct {\n\tx int // in metres\n}")
	for text, want := range map[string][]string{
		"greet.Hel|lo":                     {"func Hello(name string) string", "Hello greets."},
		"%%\nfmt.Println(greet.Hello|(":    {"func Hello(name string) string", "Hello greets"},
		"%%\nfmt.Println(greet.Hello(\"|":  {"func Hello(name string) string"},
		"%%\nfmt.Println(greet.Hello(1, |": {"func Hello(name string) string"},
		"greet|":                           {`package greet // import "fixture/greet"`},
		"far|":                             {"func far(x int) int", "far is a distance."},
		"%%\nfar(|":                        {"func far(x int) int"},
		"point|":                           {"type point struct {\n\tx int // in metres\n}"},
		"strings.Builder|":                 {"type Builder struct {", "A Builder is used to efficiently build a string"},
		"%%\nvar b strings.Builder\nb.WriteString|(\"\")": {"func (b *Builder) WriteString(s string) (int, error)", "WriteString appends"},
		"%%\nx := 1\nfmt.Println(x|)":                     {"var x int"},
		"%%\nx := append|(nil)":                           {"func append(slice []Type, elems ...Type) []Type", "The append built-in"},
		"os.O_APPEND|":                                    {"const os.O_APPEND int", "append data to the file when writing"},
		"%%\n_ = http.Server{Addr|: \"\"}":                {"field Addr string", "optionally specifies the TCP address"},
		"%cd|":                                            {"%cd [dir]\n\nchange the folder"},
		"nobody|":                                         {""},
		"|":                                               {""},
	} {
		code, cursor := at(text)
		got := s.Inspect(t.Context(), code, cursor)
		for _, part := range want {
			if part == "" && got.Plain != "" || !strings.Contains(got.Plain, part) {
				t.Errorf("%q: %q; want %q", text, got.Plain, part)
			}
		}
	}
	got := s.Inspect(t.Context(), "far", 3).Markdown
	if want := "```go\nfunc far(x int) int\n```\n\nfar is a distance.\n"; got != want {
		t.Errorf("Markdown is %q; want %q", got, want)
	}
}

// goplsSession is one with a gopls that is ready; it skips where there is none.
func goplsSession(t *testing.T, b *Builder) *session {
	t.Helper()
	path, err := exec.LookPath("gopls")
	if err != nil {
		t.Skip("no gopls on PATH: the type checker alone was tested")
	}
	s := newSession(t, b)
	s.goplsPath = path
	s.Complete(t.Context(), "x", 1) // starts it
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	begun := time.Now()
	if err := s.gopls.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %v", time.Since(begun).Round(time.Millisecond))
	return s
}

// With gopls a reader gets all that the type checker knows, and the likeliest first.
func TestCompleteWithGopls(t *testing.T) {
	s := goplsSession(t, builder())
	s.prints("", "type point struct{ x, y int }\nfunc (p point) far() int { return p.x }\nvar points []point\nfunc name() string { return \"\" }\nfunc number() int { return 1 }")
	for text, want := range map[string][]string{
		"%%\nfor _, p := range points {\n\tp.|\n}": {"far", "x", "y"},
		"%%\nvar n int = n|":                       {"name", "number"},
		"%%\n_ = strings.TrimP|":                   {"TrimPrefix"},
		"%%\n_ = greet.|":                          {"Hello", "Word"},
	} {
		code, cursor := at(text)
		// The first question about other imports takes longer than a key press waits.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		_, q := s.completeTypes(ctx, code, cursor)
		items, err := q.server.Complete(ctx, q.files, q.at)
		cancel()
		if err != nil || len(items) == 0 {
			t.Errorf("%q: gopls says %v, %v", text, items, err)
		}
		got := completions(s, text)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: %.200q; want %s in it", text, got, w)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code, cursor := at("%%\nvar n int = n|")
	_, q := s.completeTypes(ctx, code, cursor)
	if items, err := q.server.Complete(ctx, q.files, q.at); err != nil || len(items) == 0 || items[0].Text != "number" {
		t.Errorf("first of %v (%v) should be what has the type wanted", items, err)
	}
	code, cursor = at("%%\nfor _, p := range points {\n\tp.far|()\n}")
	_, q = s.inspectTypes(ctx, code, cursor)
	if got := q.inspect(ctx); !strings.Contains(got.Plain, "func (p point) far() int") {
		t.Errorf("inspect: %q", got.Plain)
	}
	pid := s.gopls.PID()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("gopls outlives its engine")
	}
}

// A gopls that does not answer changes nothing.
func TestCompleteWithABrokenGopls(t *testing.T) {
	s := newSession(t, builder())
	for _, path := range []string{"/bin/cat", "/no/such/gopls", "/bin/false"} {
		s.goplsPath, s.gopls = path, nil
		for range 3 {
			if got := completions(s, "%%\n_ = greet.|"); strings.Join(got, " ") != "Hello Word" {
				t.Errorf("%s: %q", path, got)
			}
		}
		if s.gopls != nil {
			s.gopls.Close()
		}
	}
}

// BenchmarkComplete asks for what sockets has, with the type checker alone and with
// gopls in front of it.
func BenchmarkComplete(b *testing.B) {
	path, err := exec.LookPath("gopls")
	for _, with := range []bool{false, true} {
		name := map[bool]string{false: "types", true: "gopls"}[with]
		b.Run(name, func(b *testing.B) {
			options := Options{Builder: NewBuilder("../../..")}
			if with {
				if err != nil {
					b.Skip("no gopls on PATH")
				}
				options.Gopls = path
			}
			e, err := New(options)
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			code := "%%\nn := sockets.NewNetwork(1)\nh := n."
			if e.Complete(b.Context(), code, len(code)); with {
				if err := e.gopls.WaitReady(b.Context()); err != nil {
					b.Fatal(err)
				}
				e.Complete(b.Context(), code, len(code))
			}
			matches := 0
			for b.Loop() {
				matches = len(e.Complete(b.Context(), code, len(code)).Matches)
			}
			b.ReportMetric(float64(matches), "matches")
		})
	}
}
