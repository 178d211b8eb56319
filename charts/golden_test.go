package charts

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// TestGolden holds what each picture says: the figure as it goes to the
// renderer (whose own tests start from these files), and its plain text.
func TestGolden(t *testing.T) {
	for name, c := range fixtures() {
		t.Run(name, func(t *testing.T) {
			if c.Err() != nil {
				t.Fatal(c.Err())
			}
			fig, err := json.MarshalIndent(c.fig, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name+".figure.golden", append(fig, '\n'))
			compare(t, name+".text.golden", []byte(c.Text()))
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
		t.Errorf("%s differs (renew with -update). Got:\n%s", path, got)
	}
}

// TestSays holds the findings to the numbers of the running example.
func TestSays(t *testing.T) {
	for name, want := range map[string][]string{
		"nofile":      {"1,024", "1,020", "4.5 million", "RAM"},
		"addresses":   {"28,232", "36 addresses"},
		"memory":      {"16 GiB", "1.7 million", "5.7 million", "3–10 KB", "8.6–17 KB"},
		"journey":     {"18.4 µs", "one copy"},
		"descriptors": {"1,004 of 1,024", "1,000 connections"},
		"queue":       {"6 places", "44 more", "ListenOverflows"},
	} {
		title := fixtures()[name].Title()
		for _, w := range want {
			if !strings.Contains(title, w) {
				t.Errorf("%s: the title %q does not say %q", name, title, w)
			}
		}
	}
}

// TestSameTwice makes every chart twice: the same input is the same figure.
func TestSameTwice(t *testing.T) {
	one, two := fixtures(), fixtures()
	seen := map[string]string{}
	for name := range one {
		a, b := one[name].fig.ID(), two[name].fig.ID()
		if a != b {
			t.Errorf("%s: ids %s and %s of the same input", name, a, b)
		}
		if other := seen[a]; other != "" {
			t.Errorf("%s and %s have the same id", name, other)
		}
		seen[a] = name
	}
}

// TestText looks for title, summary and data in the plain text, and for its
// being short.
func TestText(t *testing.T) {
	for name, c := range fixtures() {
		text := c.Text()
		if !strings.HasPrefix(text, c.Title()+"\n"+c.Summary()+"\n") {
			t.Errorf("%s: the text does not start with title and summary:\n%s", name, text)
		}
		if !strings.Contains(text, c.fig.Table.Rows[0][0]) {
			t.Errorf("%s: the text lacks the first row", name)
		}
		if n := strings.Count(text, "\n"); n > 20 {
			t.Errorf("%s: the text has %d lines", name, n)
		}
		if s := c.Summary(); strings.Contains(s, "\n") || !strings.HasSuffix(s, ".") || len(s) < 80 || len(s) > 800 {
			t.Errorf("%s: the summary is not one paragraph: %s", name, s)
		}
	}
}
