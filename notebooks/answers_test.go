package main

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
)

var (
	folded     = regexp.MustCompile(`(?s)<details.*?</details>`)
	htmlTag    = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>`)
	askedFor   = regexp.MustCompile(`(?s)^<p><strong>(.*?)</strong></p>`)
	answered   = regexp.MustCompile(`<p>It is <strong>(.*?)</strong>\.</p>`)
	bigNumber  = regexp.MustCompile(`(?:pid=)?\d[\d,_]*\d`)
	noThousand = strings.NewReplacer(",", "", "_", "")
)

// numbers are the whole numbers from 1,000 on that stand in a text, without their
// separators. Smaller ones stand everywhere and give nothing away, and the numbers of
// processes are chance.
func numbers(text string) map[string]bool {
	found := map[string]bool{}
	for _, s := range bigNumber.FindAllString(text, -1) {
		if n := noThousand.Replace(strings.TrimRight(s, ",_")); len(n) >= 4 {
			found[n] = true
		}
	}
	return found
}

// visible is what a reader sees of a cell and its outputs without unfolding anything.
func visible(c *ipynb.Cell) string {
	if c.Type != "code" {
		return folded.ReplaceAllString(c.Source, "")
	}
	text := c.Source
	for _, o := range c.Outputs {
		text += "\n" + o.Text
		for _, kind := range []string{"text/html", "text/plain"} {
			if s, ok := o.Data[kind].(string); ok {
				text += "\n" + htmlTag.ReplaceAllString(folded.ReplaceAllString(s, ""), " ")
			}
		}
	}
	return text
}

// givenAway lists where the answer to a guess stands for all to see: the committed
// outputs are those of a reader who has guessed nothing. A number in the question
// itself is no secret.
func givenAway(nb *ipynb.Notebook) []string {
	type secret struct{ number, cell string }
	var secrets []secret
	for _, c := range nb.Cells {
		for _, o := range c.Outputs {
			page, _ := o.Data["text/html"].(string)
			question, answer := askedFor.FindStringSubmatch(page), answered.FindStringSubmatch(page)
			if question == nil || answer == nil {
				continue
			}
			open := numbers(html.UnescapeString(question[1]))
			for n := range numbers(html.UnescapeString(answer[1])) {
				if !open[n] {
					secrets = append(secrets, secret{n, c.ID})
				}
			}
		}
	}
	var found []string
	for _, c := range nb.Cells {
		shown := numbers(visible(c))
		for _, s := range secrets {
			if shown[s.number] {
				found = append(found, "cell "+c.ID+" shows "+s.number+", which cell "+s.cell+" asks for")
			}
		}
	}
	return found
}

// TestNoAnswerStandsUnfolded wants nothing that Run All shows, or the prose between, to
// give away what a reader has not guessed yet.
func TestNoAnswerStandsUnfolded(t *testing.T) {
	for _, file := range lessons(t) {
		nb, err := ipynb.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, leak := range givenAway(nb) {
			t.Errorf("%s: %s", file, leak)
		}
	}
}

func TestGivenAway(t *testing.T) {
	reveal := &ipynb.Output{Type: "display_data", Data: ipynb.Object{
		"text/html":  "<p><strong>1,000 come: how many stay?</strong></p>\n<details><summary>x</summary>\n<p>It is <strong>28,232; EMFILE; 1,000</strong>.</p></details>\n",
		"text/plain": "1,000 come: how many stay?\n",
	}}
	nb := &ipynb.Notebook{Cells: []*ipynb.Cell{
		{Type: "code", ID: "ask", Source: "guess.Reveal(question, stay())", Outputs: []*ipynb.Output{reveal}},
		{Type: "markdown", ID: "folded", Source: "<details>28,232 stay</details> of 1,000"},
		{Type: "markdown", ID: "prose", Source: "So 28,232, and 128,232."},
		{Type: "code", ID: "code", Source: "n := 28_232"},
		{Type: "code", ID: "output", Outputs: []*ipynb.Output{{Type: "stream", Text: "28232 stay\n"}}},
		{Type: "code", ID: "other", Outputs: []*ipynb.Output{{Type: "stream", Text: "128232\n"}}},
	}}
	got := strings.Join(givenAway(nb), "\n")
	want := `cell prose shows 28232, which cell ask asks for
cell code shows 28232, which cell ask asks for
cell output shows 28232, which cell ask asks for`
	if got != want {
		t.Errorf("found\n%s; want\n%s", got, want)
	}
}
