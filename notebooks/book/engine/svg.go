package engine

import (
	"strconv"
	"strings"
)

// picture is an SVG under construction. Its colours are classes, which the
// book's style sheet sets for light, dark and paper.
type picture struct {
	b             strings.Builder
	width, height int
}

func newPicture(width, height int) *picture { return &picture{width: width, height: height} }

// px writes a coordinate with a tenth of a pixel, which is as fine as anybody
// can see and the same on every machine.
func px(x float64) string {
	tenths := int(x*10 + 0.5)
	if x < 0 {
		tenths = -int(-x*10 + 0.5)
	}
	return strconv.FormatFloat(float64(tenths)/10, 'f', -1, 64)
}

func (p *picture) line(class string, x1, y1, x2, y2 float64) {
	p.b.WriteString(`<path class="` + class + `" d="M` + px(x1) + " " + px(y1) + "L" + px(x2) + " " + px(y2) + `"/>`)
}

func (p *picture) path(class, d string) {
	p.b.WriteString(`<path class="` + class + `" d="` + d + `"/>`)
}

func (p *picture) rect(class string, x, y, w, h float64) {
	p.b.WriteString(`<rect class="` + class + `" x="` + px(x) + `" y="` + px(y) + `" width="` + px(w) + `" height="` + px(h) + `" rx="3"/>`)
}

func (p *picture) circle(class string, x, y, r float64) {
	p.b.WriteString(`<circle class="` + class + `" cx="` + px(x) + `" cy="` + px(y) + `" r="` + px(r) + `"/>`)
}

// text writes words; anchor is start, middle or end.
func (p *picture) text(class, anchor string, x, y float64, s string) {
	p.b.WriteString(`<text class="` + class + `" text-anchor="` + anchor + `" x="` + px(x) + `" y="` + px(y) + `">` + escape(s) + "</text>")
}

// svg is the picture; label says it all to those who do not see it.
func (p *picture) svg(label string) string {
	w, h := strconv.Itoa(p.width), strconv.Itoa(p.height)
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + w + " " + h + `" role="img" aria-label="` + escape(label) + `">` + p.b.String() + "</svg>"
}

// steps are marks for an axis from 0 to most, at round numbers, at most five.
func steps(most float64) []float64 {
	if most <= 0 {
		return []float64{0}
	}
	unit := 1.0
	for unit*5 < most {
		unit *= 10
	}
	for unit > most {
		unit /= 10
	}
	for _, by := range []float64{1, 2, 5, 10} {
		if most/(unit*by) <= 5 {
			unit *= by
			break
		}
	}
	var at []float64
	for i := 0; float64(i)*unit <= most; i++ {
		at = append(at, float64(i)*unit)
	}
	return at
}
