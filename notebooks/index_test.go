package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"socketbook/notebooks/claims"
	"socketbook/notebooks/clinic"
	"socketbook/notebooks/glossary"
	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/symptoms"
)

// complete says that all lessons are written: what they lack is then an error.
const complete = true

// lacks is an error once the lessons are complete.
func lacks(t *testing.T, format string, args ...any) {
	t.Helper()
	if complete {
		t.Errorf(format, args...)
	} else {
		t.Logf(format, args...)
	}
}

// TestClaimsHaveCells wants a cell for each claim, and a claim for each tag.
func TestClaimsHaveCells(t *testing.T) {
	tested := map[string]bool{}
	for _, file := range lessons(t) {
		nb, err := ipynb.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range nb.Cells {
			tags, _ := c.Metadata["tags"].([]any)
			for _, tag := range tags {
				id, ok := strings.CutPrefix(tag.(string), claims.TagPrefix)
				if !ok {
					continue
				}
				tested[id] = true
				if _, ok := claims.Find(id); !ok {
					t.Errorf("%s, cell %s: no claim is called %q; they are in notebooks/claims.md", file, c.ID, id)
				}
				if c.Type != "code" {
					t.Errorf("%s, cell %s: prose tests nothing; tag the code cell that does", file, c.ID)
				}
			}
		}
	}
	for _, c := range claims.All() {
		if !tested[c.ID] {
			t.Errorf("no cell tests %s: %s", c.ID, c.Says)
		}
	}
}

// TestGlossary wants every term that a lesson defines under "The words", where
// terms are in bold, and no term that is in bold nowhere.
func TestGlossary(t *testing.T) {
	used := map[string]bool{}
	for _, file := range lessons(t) {
		nb, err := ipynb.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range nb.Cells {
			if c.Type != "markdown" {
				continue
			}
			for _, word := range glossary.Bold(c.Source) {
				term, ok := glossary.Find(word)
				used[term.Name] = true
				if !ok && strings.Contains(c.Source, "## The words") {
					lacks(t, "%s, cell %s: %q is not in notebooks/glossary", file, c.ID, word)
				}
			}
		}
	}
	for _, term := range glossary.All() {
		if !used[term.Name] {
			lacks(t, "no lesson has %q in bold", term.Name)
		}
	}
}

// Names in prose that an errno or a counter may have, and those that only look
// like one.
var (
	inCode     = regexp.MustCompile("`([^`\n]+)`")
	symptomish = regexp.MustCompile(`^(E[A-Z]{3,}[A-Z0-9]*|(TcpExt|IpExt|Tcp|Ip6?|Icmp6?|Udp6?)[A-Z]\w+|(rx|tx)_\w+)$`)
	noSymptom  = regexp.MustCompile(`^(EPOLL\w+|ESPIPE)$`) // flags; lseek is no call of the simulator
)

// TestNamesAreExplained wants an entry in the index of symptoms for each errno
// and counter that a lesson names.
func TestNamesAreExplained(t *testing.T) {
	found := 0
	for _, file := range lessons(t) {
		nb, err := ipynb.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range nb.Cells {
			if c.Type != "markdown" {
				continue
			}
			for _, m := range inCode.FindAllStringSubmatch(c.Source, -1) {
				if !symptomish.MatchString(m[1]) || noSymptom.MatchString(m[1]) {
					continue
				}
				found++
				if _, ok := symptoms.Find(m[1]); !ok {
					lacks(t, "%s, cell %s: %s is not in notebooks/symptoms", file, c.ID, m[1])
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d names were found in the lessons", found)
	}
}

var bedside = regexp.MustCompile(`### Bed (\d+)\s+> "(.*)"`)

// TestComplaints wants each patient of the clinic to say the same at the bed and in
// the lesson.
func TestComplaints(t *testing.T) {
	nb, err := ipynb.Read("12-symptom-clinic.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	beds := 0
	for _, c := range nb.Cells {
		for _, m := range bedside.FindAllStringSubmatch(c.Source, -1) {
			n, _ := strconv.Atoi(m[1])
			beds++
			says := strings.Trim(clinic.Bed(n).Complaint, "“”")
			if lesson := strings.ReplaceAll(m[2], "`", ""); lesson != says {
				t.Errorf("bed %d says %q in the lesson, and %q to the doctor", n, lesson, says)
			}
		}
	}
	if beds != 18 {
		t.Errorf("%d beds with a complaint; want 18", beds)
	}
}
