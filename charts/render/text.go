package render

import "strings"

// Size of text in a picture, in pixels.
const (
	textSize   = 13
	lineHeight = 17
)

// width estimates a line of text in pixels, a little wide, for nobody knows
// the reader's font. Labels are placed by it.
func width(s string, size float64) float64 {
	em := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("ijl.,:;'|!()[] ", r):
			em += 0.34
		case r >= 'A' && r <= 'Z', strings.ContainsRune("mwMW—→←", r):
			em += 0.78
		case r >= '0' && r <= '9':
			em += 0.60
		default:
			em += 0.58
		}
	}
	return em * size
}

// box returns the size of a text of several lines.
func box(text string, size float64) (w, h float64) {
	lines := strings.Split(text, "\n")
	for _, l := range lines {
		w = max(w, width(l, size))
	}
	return w, float64(len(lines)) * lineHeight
}

// wrap breaks a text at spaces (not at no-break spaces) into lines no wider than
// most pixels, where it can.
func wrap(s string, most, size float64) string {
	var lines []string
	line := ""
	for _, word := range strings.Split(s, " ") {
		next := strings.TrimSpace(line + " " + word)
		if line != "" && width(next, size) > most {
			lines = append(lines, line)
			next = word
		}
		line = next
	}
	return strings.Join(append(lines, line), "\n")
}

// fit cuts a line to a width, with an ellipsis where it cuts.
func fit(s string, most, size float64) string {
	if width(s, size) <= most {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && width(string(r)+"…", size) > most {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// comma writes an integer with thousands separators.
func comma(n int) string {
	s, neg := itoa(n), n < 0
	if neg {
		s = s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		s = "-" + s
	}
	return s
}
