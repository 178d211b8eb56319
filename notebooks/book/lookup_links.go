package book

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"socketbook/notebooks/symptoms"
)

// In the book the name of an errno, a counter or a state leads to its entry.

// symptomAnchor is where an entry stands on its page.
func symptomAnchor(e symptoms.Entry) string {
	return "symptom-" + strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(e.Names[0]), "-"), "-")
}

// symptomLinks is the address of each spelling's entry.
func symptomLinks() map[string]string {
	links := map[string]string{}
	for _, e := range symptoms.All() {
		if e.Kind == symptoms.Drop || e.Ordinary {
			continue
		}
		for _, name := range e.Spellings() {
			if _, taken := links[name]; !taken {
				links[name] = "symptoms.html#" + symptomAnchor(e)
			}
		}
	}
	return links
}

// codeSpan is `code` in prose; what comes before it in the list is passed over:
// fences, headings, links, raw HTML elements.
var codeSpan = regexp.MustCompile("(?s:```.*?```)|(?m:^#.*$)|" + `!?\[[^\]]*\]\([^()\s]+\)|<[^>\n]*>|` + "`([^`\n]+)`")

// linkSymptoms links the first mention of each symptom in a Markdown text.
func linkSymptoms(md string, links map[string]string) string {
	seen := map[string]bool{}
	return codeSpan.ReplaceAllStringFunc(md, func(m string) string {
		name := codeSpan.FindStringSubmatch(m)[1]
		to, ok := links[name]
		if !ok || seen[to] {
			return m
		}
		seen[to] = true
		return fmt.Sprintf(`<a class="symptom" href="%s"><code class="docutils literal notranslate">%s</code></a>`, to, html.EscapeString(name))
	})
}
