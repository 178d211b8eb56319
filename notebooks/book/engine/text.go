package engine

import (
	"strconv"
	"strings"
	"time"
)

// quote writes a JSON string. What is not ASCII stays as it is, in UTF-8.
func quote(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ':
			b.WriteString(`\u00`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape makes text safe in HTML and SVG, in attributes too.
func escape(s string) string { return escaper.Replace(s) }

// table writes an HTML table; its first column heads the rows.
func table(caption string, heading []string, rows [][]string) string {
	var b strings.Builder
	b.WriteString("<table><caption>" + escape(caption) + "</caption><thead><tr>")
	for _, h := range heading {
		b.WriteString(`<th scope="col">` + escape(h) + "</th>")
	}
	b.WriteString("</tr></thead><tbody>")
	for _, row := range rows {
		b.WriteString("<tr>")
		for i, cell := range row {
			if i == 0 {
				b.WriteString(`<th scope="row">` + escape(cell) + "</th>")
			} else {
				b.WriteString("<td>" + escape(cell) + "</td>")
			}
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	return b.String()
}

// brief is a time for a picture: "25µs", "201.5ms", three digits or four.
func brief(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 1000 * 10).String()
		}
	}
	return d.String()
}

// plural is a number with its noun, "1 client", "2 clients".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
