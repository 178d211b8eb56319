// Package glossary explains the book's terms, each in a sentence or two. A term
// is there because a lesson defines it, in bold; a test compares the two.
package glossary

import (
	"regexp"
	"slices"
	"strings"
)

// A Term is a word with what it means.
type Term struct {
	Name  string   // as it stands in a sentence
	Also  []string // other names for the same
	Means string
}

// All returns the terms in alphabetical order.
func All() []Term { return slices.Clone(table) }

// Find looks a term up by any of its names, in capitals or not.
func Find(name string) (Term, bool) {
	want := key(name)
	for _, t := range table {
		if key(t.Name) == want || slices.ContainsFunc(t.Also, func(a string) bool { return key(a) == want }) {
			return t, true
		}
	}
	return Term{}, false
}

// key is a name without what does not tell it from others.
func key(name string) string { return strings.ToLower(strings.Trim(name, "`. ")) }

// bold is **what stands between stars**, code first so that it is passed over.
var bold = regexp.MustCompile("(?s:```.*?```)|" + `\*\*([^*\s](?:[^*]*[^*\s])?)\*\*`)

// Bold lists what a Markdown text has in bold, without backticks.
func Bold(md string) (list []string) {
	for _, m := range bold.FindAllStringSubmatch(md, -1) {
		if m[1] != "" {
			list = append(list, strings.Join(strings.Fields(strings.ReplaceAll(m[1], "`", "")), " "))
		}
	}
	return list
}
