package sockets

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A mutant is one rule of the house broken: a piece of text in one file,
// replaced. The tests are as good as the mutants they notice.
type mutant struct {
	rule     string // what no longer holds
	file     string
	from, to string // from stands once in the file
}

// TestMutantsFit holds the list up to date: each piece of text must be there,
// once, or the mutant breaks nothing.
func TestMutantsFit(t *testing.T) {
	rules := map[string]bool{}
	for _, m := range mutants {
		text, err := os.ReadFile(m.file)
		if err != nil {
			t.Errorf("%s: %v", m.rule, err)
			continue
		}
		if n := strings.Count(string(text), m.from); n != 1 || m.from == m.to {
			t.Errorf("%s: %q must stand once in %s, it stands there %d times", m.rule, m.from, m.file, n)
		}
		if rules[m.rule] {
			t.Errorf("two mutants have the name %q", m.rule)
		}
		rules[m.rule] = true
	}
	if len(mutants) < 30 {
		t.Errorf("thirty rules at least are to be broken, the list has %d", len(mutants))
	}
}

// TestMutants breaks one rule after the other and runs the tests, which must
// notice. It takes minutes:
//
//	SOCKETS_MUTANTS=1 go test ./sockets -run '^TestMutants$' -v -timeout 60m
//	SOCKETS_MUTANTS='backlog|window' …    # only the rules whose name matches
func TestMutants(t *testing.T) {
	which := os.Getenv("SOCKETS_MUTANTS")
	if which == "" {
		t.Skip("set SOCKETS_MUTANTS=1 to break one rule after the other; it takes minutes")
	}
	only, err := regexp.Compile(which)
	if err != nil {
		t.Fatalf("SOCKETS_MUTANTS: %v", err)
	}
	missed := 0
	for _, m := range mutants {
		if which != "1" && !only.MatchString(m.rule) {
			continue
		}
		began := time.Now()
		noticed, by := m.run(t)
		verdict := "noticed by " + by
		if !noticed {
			missed++
			verdict = "NOT NOTICED"
			t.Errorf("nothing notices it when this is broken: %s (%s)", m.rule, m.file)
		}
		t.Logf("%-50s %-18s %s (%v)", m.rule, m.file, verdict, time.Since(began).Round(time.Second))
	}
	t.Logf("mutants: %d of %d not noticed", missed, len(mutants))
}

var firstFailure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)|^panic: (.*)$|^(fatal error: .*)$|panic: (test timed out)`)

// run tests the packages with the mutant laid over its file, and reports which
// test fails first.
func (m mutant) run(t *testing.T) (noticed bool, by string) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(m.file)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(broken, []byte(strings.Replace(string(text), m.from, m.to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(m.file)
	if err != nil {
		t.Fatal(err)
	}
	overlay, _ := json.Marshal(map[string]any{"Replace": map[string]string{here: broken}})
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	// The stories first: they take a second.
	for _, pkg := range []string{"./script", ".", "./stdnet"} {
		cmd := exec.Command("go", "test", "-overlay", list, "-failfast", "-timeout", "150s", "-skip", "TestMutants|TestHouse", pkg)
		cmd.Env = append(os.Environ(), "SOCKETS_MUTANTS=")
		out, err := cmd.CombinedOutput()
		if err == nil {
			continue
		}
		if strings.Contains(string(out), "[build failed]") || strings.Contains(string(out), "[setup failed]") {
			t.Fatalf("%s: the mutant does not build:\n%s", m.rule, out)
		}
		if found := firstFailure.FindStringSubmatch(string(out)); found != nil {
			return true, strings.Join(found[1:], "")
		}
		return true, fmt.Sprintf("%v", err)
	}
	return false, ""
}
