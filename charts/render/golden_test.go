package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/charts/spec"
)

var update = flag.Bool("update", false, "write testdata anew")

// pictures and htmls keep what was drawn: one drawing is enough for many tests.
// TestSame draws again.
var (
	pictures = map[string]picture{}
	htmls    = map[string]string{}
)

type picture struct {
	both both
	svg  string
}

// drawn is the figure of a golden file, drawn once.
func drawn(t *testing.T, name string, f *spec.Figure) (both, string) {
	t.Helper()
	p, ok := pictures[name]
	if !ok {
		var err error
		if p.both, p.svg, err = draw(f); err != nil {
			t.Fatal(err)
		}
		pictures[name] = p
	}
	return p.both, p.svg
}

// figureHTML is the same as a piece of a page.
func figureHTML(t *testing.T, name string, f *spec.Figure) string {
	t.Helper()
	if _, ok := htmls[name]; !ok {
		h, err := FigureHTML(f)
		if err != nil {
			t.Fatal(err)
		}
		htmls[name] = h
	}
	return htmls[name]
}

// figures are the pictures of the running example, as package charts' golden
// files hold them.
func figures(t *testing.T) map[string]*spec.Figure {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.figure.golden")
	if err != nil || len(files) == 0 {
		t.Fatalf("no figures in ../testdata: %v", err)
	}
	out := map[string]*spec.Figure{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := new(spec.Figure)
		if err := json.Unmarshal(b, f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".figure.golden")] = f
	}
	return out
}

// TestGolden holds the options of both layouts and the static picture. The
// pictures can be opened as they are: look at them after -update.
func TestGolden(t *testing.T) {
	for name, f := range figures(t) {
		t.Run(name, func(t *testing.T) {
			b, picture := drawn(t, name, f)
			js, err := json.MarshalIndent(b, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name+".option.golden", append(js, '\n'))
			compare(t, name+".svg", []byte(picture))
		})
	}
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (renew with -update)", err)
	}
	if !bytes.Equal(got, want) {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		t.Errorf("%s differs at byte %d (renew with -update): got …%.120s", path, i, got[i:])
	}
}

// TestWellFormed parses every picture as XML and looks for what it must and
// must not hold.
func TestWellFormed(t *testing.T) {
	for name, f := range figures(t) {
		_, picture := drawn(t, name, f)
		d := xml.NewDecoder(strings.NewReader(picture))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, not := range []string{"<style", "<script", "NaN", "undefined", "$ink", "$paper", "href=\"http"} {
			if strings.Contains(picture, not) {
				t.Errorf("%s: the picture holds %q", name, not)
			}
		}
		if !strings.Contains(picture, "<title>") || !strings.Contains(picture, "<desc>") {
			t.Errorf("%s: the picture lacks title or description", name)
		}
	}
}

// TestHostileText: what a reader's data says is shown, never run.
func TestHostileText(t *testing.T) {
	evil := `</script><script>alert(1)</script>"'&<b>{b}`
	f := &spec.Figure{Name: "evil", Title: evil, Summary: evil, Table: spec.Table{Columns: []string{evil}, Rows: [][]string{{evil}}},
		Plane: &spec.Plane{X: spec.Axis{Label: evil, Max: 2}, Y: spec.Axis{Label: evil, Max: 2},
			Curves: []spec.Curve{{Name: evil, At: [][2]float64{{0, 0}, {2, 2}}}}, Marks: []spec.Mark{{X: 1, Y: 1, Label: evil}}}}
	html, err := FigureHTML(f)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(html, "alert(1)</script>") || strings.Count(html, "<script") != 2 || strings.Count(html, "</script>") != 2 {
		t.Errorf("the text ends a script or starts one:\n%s", html)
	}
	_, picture, err := draw(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal([]byte(picture), new(struct{})); err != nil {
		t.Errorf("the picture is not well-formed: %v", err)
	}
}

// TestNothingToDraw: an empty figure is an error, not an empty picture.
func TestNothingToDraw(t *testing.T) {
	if _, err := FigureHTML(&spec.Figure{Name: "empty"}); err == nil || !strings.Contains(err.Error(), `"empty" holds nothing to draw`) {
		t.Errorf("error %v", err)
	}
}

// BenchmarkFigure is one chart from figure to HTML, the library being read.
func BenchmarkFigure(b *testing.B) {
	raw, err := os.ReadFile("../testdata/nofile.figure.golden")
	if err != nil {
		b.Fatal(err)
	}
	f := new(spec.Figure)
	if err := json.Unmarshal(raw, f); err != nil {
		b.Fatal(err)
	}
	html, err := FigureHTML(f)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := FigureHTML(f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(html)), "B/chart")
}
