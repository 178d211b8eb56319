package book

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"socketbook/notebooks/claims"
	"socketbook/notebooks/glossary"
	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/symptoms"
)

// Pages to look things up in, beside the lessons: symptoms, claims, glossary.
// They are made from the tables of those packages, and link to the cells of
// the lessons in this book.

// A lesson is a notebook of the book, before it is written.
type lesson struct {
	doc  string // its page, without .html
	nb   *ipynb.Notebook
	want map[string]bool // ids of cells that are linked to
}

// title is the lesson's heading.
func (l *lesson) title() string {
	for _, c := range l.nb.Cells {
		if head, ok := strings.CutPrefix(c.Source, "# "); ok && c.Type == "markdown" {
			head, _, _ = strings.Cut(head, "\n")
			return head
		}
	}
	return l.doc
}

// to is a link to a cell, and a note that it needs an anchor.
func (l *lesson) to(c *ipynb.Cell, text string) string {
	l.want[c.ID] = true
	return fmt.Sprintf(`<a href="%s.html#cell-%s">%s</a>`, l.doc, html.EscapeString(c.ID), html.EscapeString(text))
}

// anchors puts a place to jump to in front of each cell that is linked to; in
// a cell that begins with a heading, behind it.
func (l *lesson) anchors() {
	var cells []*ipynb.Cell
	for _, c := range l.nb.Cells {
		mark := fmt.Sprintf(`<span id="cell-%s"></span>`, html.EscapeString(c.ID))
		switch {
		case !l.want[c.ID]:
		case c.Type == "markdown" && strings.HasPrefix(c.Source, "#"):
			head, rest, _ := strings.Cut(c.Source, "\n")
			c.Source = head + "\n\n" + mark + "\n" + rest
		case c.Type == "markdown":
			c.Source = mark + "\n\n" + c.Source
		default:
			cells = append(cells, &ipynb.Cell{Type: "markdown", ID: "anchor-" + c.ID, Source: mark, Metadata: ipynb.Object{}})
		}
		cells = append(cells, c)
	}
	l.nb.Cells = cells
}

// lookupPages are the pages' names, in the order of the contents.
var lookupPages = []string{"symptoms", "glossary", "claims"}

// writeLookup writes the pages to look things up in. It comes before the
// lessons are written, since it puts anchors into them.
func writeLookup(src string, lessons []*lesson) error {
	for _, name := range lookupPages {
		page := map[string]func([]*lesson) (string, error){"symptoms": symptomsPage, "glossary": glossaryPage, "claims": claimsPage}[name]
		text, err := page(lessons)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(src, name+".md"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	links := symptomLinks()
	for _, l := range lessons {
		for _, c := range l.nb.Cells {
			if c.Type == "markdown" {
				c.Source = linkSymptoms(c.Source, links)
			}
		}
		l.anchors()
	}
	return nil
}

// numbered is the lesson with that number, nil if the book does not have it.
func numbered(lessons []*lesson, n int) *lesson {
	for _, l := range lessons {
		if strings.HasPrefix(l.doc, fmt.Sprintf("%02d-", n)) {
			return l
		}
	}
	return nil
}

// claimsPage lists what is said, what runs, and where.
func claimsPage(lessons []*lesson) (string, error) {
	var b strings.Builder
	b.WriteString("# Claims\n\nThis is what is commonly said about sockets, sentence by sentence, and what runs. Each claim leads to the cells that test it. To guess first, read the lessons first.\n")
	last := 0
	for _, c := range claims.All() {
		if c.Lesson != last {
			last = c.Lesson
			name := fmt.Sprintf("Lesson %d", c.Lesson)
			if l := numbered(lessons, c.Lesson); l != nil {
				name = l.title()
			}
			fmt.Fprintf(&b, "\n## %s\n", name)
		}
		fmt.Fprintf(&b, "\n<span id=\"claim-%s\"></span>%s\n: ", c.ID, plainText(c.Says))
		if c.Runs == "" {
			b.WriteString("**It holds.**")
		} else {
			word := map[claims.Verdict]string{claims.Condition: "With a condition.", claims.Corrected: "Not quite."}[c.Verdict]
			fmt.Fprintf(&b, "**%s** %s", word, plainText(c.Runs))
		}
		if cells := testedIn(lessons, c); cells != "" {
			b.WriteString(" Tested in " + cells + ".")
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

// testedIn links to the cells that test a claim.
func testedIn(lessons []*lesson, c claims.Claim) string {
	var links []string
	for _, l := range lessons {
		for _, cell := range l.nb.Cells {
			if cell.Tagged(c.Tag()) {
				links = append(links, l.to(cell, fmt.Sprintf("lesson %s: %s", strings.TrimLeft(l.doc[:min(2, len(l.doc))], "0"), cell.ID)))
			}
		}
	}
	return strings.Join(links, ", ")
}

// glossaryPage is a list of definitions, each with the cell that has it first.
func glossaryPage(lessons []*lesson) (string, error) {
	var b strings.Builder
	b.WriteString("# Glossary\n\nThe terms of the lessons, each with the lesson that brings it in.\n")
	for _, t := range glossary.All() {
		names := strings.Join(append([]string{t.Name}, t.Also...), ", ")
		fmt.Fprintf(&b, "\n%s\n: %s", mdText(names), mdText(t.Means))
		if l, c := introduced(lessons, t); l != nil {
			fmt.Fprintf(&b, " (%s)", l.to(c, "lesson "+strings.TrimLeft(l.doc[:2], "0")))
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

// introduced is the first cell that has the term in bold.
func introduced(lessons []*lesson, t glossary.Term) (*lesson, *ipynb.Cell) {
	for _, l := range lessons {
		for _, c := range l.nb.Cells {
			if c.Type != "markdown" {
				continue
			}
			for _, name := range glossary.Bold(c.Source) {
				if found, ok := glossary.Find(name); ok && found.Name == t.Name {
					return l, c
				}
			}
		}
	}
	return nil, nil
}

// mdText is text that Markdown takes as it is: names with underscores.
func mdText(s string) string {
	return strings.NewReplacer("_", `\_`, "*", `\*`, "<", "&lt;").Replace(s)
}

// symptomGroups are the headings of the symptoms page, by kind.
var symptomGroups = []struct {
	kind  symptoms.Kind
	title string
	about string
}{
	{symptoms.Errno, "Errnos", "What a system call answers when it fails."},
	{symptoms.Counter, "Counters", "What `nstat -a`, `ethtool -S`, `ip -s link`, `lnstat` and /proc/net/softnet_stat count, from the card upwards."},
	{symptoms.Socket, "States and patterns of ss", "What `ss -tanp` and `ss -uanp` show."},
	{symptoms.Drop, "Drops that no counter names", "Only the simulator's tape tells of these."},
	{symptoms.Model, "Beyond the simulator", "What a real host shows at walls that the capacity model computes and the simulator does not have."},
}

// symptomsPage is the index of symptoms, with what the experiments show.
func symptomsPage(lessons []*lesson) (string, error) {
	var b strings.Builder
	b.WriteString("# Symptoms\n\nYou see an errno, a counter or a state: what has happened, what moves it, and what does that cost? Under each entry stands what an experiment on a simulated host has shown. In a terminal,\n\n```sh\ngo run ./notebooks symptoms ListenOverflows\n```\n\nfinds an entry by its name and makes it happen.\n")
	for _, g := range symptomGroups {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", g.title, g.about)
		for _, e := range symptoms.All() {
			if e.Kind != g.kind {
				continue
			}
			if err := symptomEntry(&b, e, lessons); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

func symptomEntry(b *strings.Builder, e symptoms.Entry, lessons []*lesson) error {
	fmt.Fprintf(b, "\n### %s\n\n<span id=\"%s\"></span>\n\n", mdText(e.Names[0]), symptomAnchor(e))
	if len(e.Names) > 1 {
		fmt.Fprintf(b, "With `%s`.\n\n", strings.Join(e.Names[1:], "`, `"))
	}
	for _, p := range e.Parts() {
		fmt.Fprintf(b, "**%s.** %s\n\n", p[0], plainText(p[1]))
	}
	if l := numbered(lessons, e.Lesson); l != nil && e.Lesson > 0 {
		fmt.Fprintf(b, "More in [%s](%s.ipynb).\n\n", l.title(), l.doc)
	}
	if e.Silent != "" {
		return nil
	}
	r, err := e.Run()
	if err != nil {
		r.Close()
		return fmt.Errorf("the experiment of %s: %w", e.Names[0], err)
	}
	defer r.Close()
	fmt.Fprintf(b, "```{code-block} text\n:class: shown\n\n%s```\n", r.Shows(e))
	return nil
}

// plainText escapes underscores outside of `code`.
func plainText(s string) string {
	parts := strings.Split(s, "`")
	for i := range parts {
		if i%2 == 0 {
			parts[i] = mdText(parts[i])
		}
	}
	return strings.Join(parts, "`")
}
