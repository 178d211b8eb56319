// Package claims lists what is commonly said about sockets, claim by claim,
// and what runs. The lessons test each of them: a code cell whose metadata
// tags hold "claim:ID" is an experiment on the claim with that id.
//
// The table is in table.go, in the order in which the course's questions are
// asked. [Markdown] prints it; the file notebooks/claims.md is its output.
//
//	for _, c := range claims.All() {
//		fmt.Println(c.ID, c.Verdict, c.Says)
//	}
package claims

import (
	"fmt"
	"slices"
	"strings"
)

// TagPrefix starts the cell tag that names a claim.
const TagPrefix = "claim:"

// A Verdict is what an experiment makes of a claim.
type Verdict uint8

// The verdicts.
const (
	Holds     Verdict = iota // it runs as said
	Condition                // it runs as said if something else is so, which Runs names
	Corrected                // something else runs, which Runs says
)

var verdicts = [...]string{"holds", "holds with a condition", "corrected"}

// String is the verdict in words.
func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// A Claim is one sentence that could be wrong.
type Claim struct {
	ID      string  // stable, in lower case with hyphens
	Verdict Verdict // what the experiment says of it
	Lesson  int     // the number of the lesson that asks it first
	Says    string  // the claim in one sentence
	Runs    string  // what runs: the condition, or the correction; empty where the claim simply holds
}

// Tag is the cell tag of the claim.
func (c Claim) Tag() string { return TagPrefix + c.ID }

// All returns the claims in the order of the course.
func All() []Claim { return slices.Clone(table) }

// Find returns the claim with this id.
func Find(id string) (Claim, bool) {
	i := slices.IndexFunc(table, func(c Claim) bool { return c.ID == id })
	if i < 0 {
		return Claim{}, false
	}
	return table[i], true
}

// Markdown is the list as a page: one table, one claim a line.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Claims\n\n")
	b.WriteString("What is commonly said about sockets, and what runs. A cell that tests a claim carries `claim:ID` in its metadata tags.\n")
	b.WriteString("This page is written by `go generate ./notebooks/claims` from the table in that package.\n\n")
	b.WriteString("| id | lesson | verdict | it is said that | what runs |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range table {
		runs := c.Runs
		if runs == "" {
			runs = "the same"
		}
		fmt.Fprintf(&b, "| `%s` | %02d | %s | %s | %s |\n", c.ID, c.Lesson, c.Verdict, cellText(c.Says), cellText(runs))
	}
	return b.String()
}

// cellText escapes what would end a cell of a Markdown table.
func cellText(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
