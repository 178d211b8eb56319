package render

import (
	"encoding/json"
	"strings"
)

// An option names colours by role: "$ink". The picture is drawn with the light
// palette; the live chart takes the one that suits the page, and changes with
// it. The series colours are Okabe and Ito's, darkened (lightened) until text
// in them reads on the paper: told apart by colour-blind readers, 4.5:1 and
// more. TestContrast holds them to it.
type palette map[string]string

var light = palette{
	"paper":  "#ffffff",
	"ink":    "#1f2328",
	"muted":  "#59636e",
	"rule":   "#8c959f",
	"grid":   "#e8ebee",
	"free":   "#dfe5ea",
	"wait":   "#d8dee4",
	"c0":     "#005fa3", // blue
	"c1":     "#b23c00", // vermilion
	"c2":     "#00704f", // bluish green
	"c3":     "#8f3d7d", // reddish purple
	"c4":     "#7a5c00", // yellow, dark enough to read
	"c5":     "#0b6b84", // sky blue
	"band0":  "rgba(0,95,163,0.13)",
	"band1":  "rgba(178,60,0,0.13)",
	"quiet0": "rgba(89,99,110,0)",
	"quiet1": "rgba(89,99,110,0.08)",
}

var dark = palette{
	"paper":  "#161b22",
	"ink":    "#e6edf3",
	"muted":  "#a2abb5",
	"rule":   "#6e7681",
	"grid":   "#2a313a",
	"free":   "#2f3843",
	"wait":   "#3a434e",
	"c0":     "#6cb6ff",
	"c1":     "#ff9a57",
	"c2":     "#4ed0a0",
	"c3":     "#e0a0d6",
	"c4":     "#e5c454",
	"c5":     "#63d3e6",
	"band0":  "rgba(108,182,255,0.18)",
	"band1":  "rgba(255,154,87,0.20)",
	"quiet0": "rgba(162,171,181,0)",
	"quiet1": "rgba(162,171,181,0.10)",
}

// seriesColors is how many "$cN" there are.
const seriesColors = 6

// font of all text in a picture; the page's own is not known to an <img>. Each
// text of a picture repeats it, so it is short. No double quotes: ECharts writes
// it into an attribute as it is.
const font = `system-ui,sans-serif`

// paint replaces the colour names in an option's JSON. A name stands alone in
// its string, so a "$ink" inside a reader's text stays what it is.
func paint(option string, p palette) string {
	var pairs []string
	for name, colour := range p {
		pairs = append(pairs, `"$`+name+`"`, `"`+colour+`"`)
	}
	return strings.NewReplacer(pairs...).Replace(option)
}

// palettes is both as JSON, for the page's side.
func palettes() string {
	b, err := json.Marshal(map[string]palette{"light": light, "dark": dark})
	if err != nil {
		panic(err) // two maps of strings
	}
	return string(b)
}
