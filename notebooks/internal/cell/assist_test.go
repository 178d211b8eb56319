//go:build unix

package cell

import (
	"slices"
	"strings"
	"testing"
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
