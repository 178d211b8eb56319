package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// TestLibrary: the asset is the published file, its licence lies beside it, and
// its version is the one we name.
func TestLibrary(t *testing.T) {
	src, err := echarts()
	if err != nil {
		t.Fatal(err)
	}
	const published = "55974cf42cc160e6cf9099cd3ed8cdedfaa9779919fcee7e2272c85f6ca30e27"
	sum := sha256.Sum256([]byte(src))
	if got := hex.EncodeToString(sum[:]); got != published {
		t.Errorf("echarts.common.min.js has sha256 %s, want %s", got, published)
	}
	for file, want := range map[string]string{
		"LICENSE": "Apache License", "NOTICE": "Apache ECharts", "LICENSE-d3": "Bostock", "LICENSE-zrender": "Baidu",
		"README.md": published,
	} {
		b, err := os.ReadFile("asset/" + file)
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("asset/%s does not say %q: %v", file, want, err)
		}
	}
	if !strings.HasPrefix(strings.TrimSpace(src), "/*\n* Licensed to the Apache Software Foundation") {
		t.Error("the library lost its licence header")
	}
	vm := goja.New()
	vm.Set("self", vm.GlobalObject())
	prog, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.RunProgram(prog); err != nil {
		t.Fatal(err)
	}
	if v := vm.Get("echarts").ToObject(vm).Get("version").String(); v != Version {
		t.Errorf("version %s, want %s", v, Version)
	}
}

// TestScripts: what goes into a page is whole and closes no script early.
func TestScripts(t *testing.T) {
	setup := SetupHTML()
	if strings.Count(setup, "</script") != 1 || !strings.HasPrefix(setup, "<script>") {
		t.Error("the setup is not one script")
	}
	lib, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{"setup": setup, "library": lib, "figure": script} {
		if strings.Contains(s, "PALETTES") {
			t.Errorf("%s: the palettes are not filled in", name)
		}
		if strings.Contains(s, "</script") && name != "setup" {
			t.Errorf("%s: closes a script", name)
		}
	}
	if _, err := goja.Compile("library", lib, false); err != nil {
		t.Errorf("the library is no JavaScript: %v", err)
	}
	if n := len(setup); n > 320_000 {
		t.Errorf("the setup has %d bytes", n)
	}
}

// TestPalettes: both have the same names, and text in every colour of text
// reads on the paper (WCAG 2: 4.5 to 1).
func TestPalettes(t *testing.T) {
	if len(light) != len(dark) {
		t.Errorf("%d and %d colours", len(light), len(dark))
	}
	for name := range light {
		if dark[name] == "" {
			t.Errorf("dark lacks %s", name)
		}
	}
	for _, p := range []palette{light, dark} {
		for name, least := range map[string]float64{"ink": 7, "muted": 4.5, "c0": 4.5, "c1": 4.5, "c2": 4.5, "c3": 4.5, "c4": 4.5, "c5": 4.5, "rule": 3} {
			if c := contrast(t, p[name], p["paper"]); c < least {
				t.Errorf("%s %s on %s: %.2f to 1, want %g", name, p[name], p["paper"], c, least)
			}
		}
	}
	var both map[string]palette
	if err := json.Unmarshal([]byte(palettes()), &both); err != nil || both["dark"]["ink"] != dark["ink"] {
		t.Errorf("palettes: %v", err)
	}
}

// contrast of two colours by WCAG 2.2's relative luminance.
func contrast(t *testing.T, a, b string) float64 {
	lum := func(s string) float64 {
		n, err := strconv.ParseUint(s[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		l := 0.0
		for i, w := range []float64{0.0722, 0.7152, 0.2126} {
			c := float64(n>>(8*i)&0xff) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			l += w * c
		}
		return l
	}
	x, y := lum(a), lum(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestPaint: names are replaced where they stand alone, and nowhere else.
func TestPaint(t *testing.T) {
	got := paint(`{"color":"$ink","name":"costs $ink","other":"$nothing"}`, light)
	if want := `{"color":"#1f2328","name":"costs $ink","other":"$nothing"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
