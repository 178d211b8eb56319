package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
)

func TestKeyVerb(t *testing.T) {
	keyOf := func(args ...string) (status int, out, log string) {
		var stdout, stderr bytes.Buffer
		status = dispatch(context.Background(), append([]string{"key"}, args...), &stdout, &stderr)
		return status, stdout.String(), stderr.String()
	}
	status, everybody, log := keyOf()
	for _, want := range []string{"Key for the lessons as they are", "Lesson 1\n", "Lesson 11\n", "Lesson 12\n", "1. Nofile (10,000 clients): 10,004", "func claimPortKey"} {
		if status != exitOK || !strings.Contains(everybody, want) {
			t.Errorf("status %d, %s: %q is not in\n%s", status, log, want, everybody)
		}
	}
	_, ada, _ := keyOf("-student", "ada")
	_, again, _ := keyOf("-student", "ada")
	_, bob, _ := keyOf("-student", "bob")
	body := func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest }
	if ada != again || body(ada) == body(bob) || body(ada) == body(everybody) || !strings.HasPrefix(ada, "Key for student ada\n") {
		t.Error("a student's key is the same each time, and another's is another")
	}
	for _, args := range [][]string{{"-student", "a\nb"}, {"-student", strings.Repeat("x", 101)}, {"ada"}} {
		if status, out, log := keyOf(args...); status != exitUsage || out != "" || log == "" {
			t.Errorf("%q: status %d, %q, %q", args, status, out, log)
		}
	}
}

// Nobody waits for a class to be checked to hear that its report has no place.
func TestGradeLooksFirstWhereItsReportGoes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := dispatch(context.Background(), []string{"grade", "-o", filepath.Join(file, "grades"), t.TempDir()}, &stdout, &stderr)
	if status != exitFailed || !strings.Contains(stderr.String(), "give a folder of yours with -o DIR") || strings.Contains(stderr.String(), "checking") {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}

// Every exercise of every lesson has a line in the key, and among a few students an
// answer that differs. What the key says of the variant is left out of the comparison.
func TestEveryExerciseDiffersFromStudentToStudent(t *testing.T) {
	answers := map[string]map[string]bool{} // by "lesson.exercise check"
	line := regexp.MustCompile(`(?m)^  (\d+)\. (\w+)(?: \(.*?\))?:?(.*\n(?:    .*\n)*)`)
	for _, id := range []string{"", "ada", "bob", "eve", "ida", "kim"} {
		var stdout, stderr bytes.Buffer
		if status := dispatch(t.Context(), []string{"key", "-student", id}, &stdout, &stderr); status != exitOK {
			t.Fatalf("status %d, %s", status, stderr.String())
		}
		for _, part := range strings.Split(stdout.String(), "\nLesson ")[1:] {
			lesson, text, _ := strings.Cut(part, "\n")
			for _, m := range line.FindAllStringSubmatch(text, -1) {
				exercise := fmt.Sprintf("%02s.%s %s", lesson, m[1], m[2])
				if answers[exercise] == nil {
					answers[exercise] = map[string]bool{}
				}
				answers[exercise][m[3]] = true
			}
		}
	}
	seen := 0
	lessons, err := filepath.Glob("[0-9][0-9]-*.ipynb")
	if err != nil || len(lessons) < 12 {
		t.Fatalf("%d lessons, %v", len(lessons), err)
	}
	answer := regexp.MustCompile(`^exercise-(\d+)-answer$`)
	call := regexp.MustCompile(`(?:check|clinic)\.([A-Z]\w*)\(`)
	for _, file := range lessons {
		nb, err := ipynb.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		asked, before := false, seen
		for _, c := range nb.Cells {
			asked = asked || strings.Contains(c.Source, `var student = check.Student("")`)
			id := answer.FindStringSubmatch(c.ID)
			calls := call.FindAllStringSubmatch(c.Source, -1)
			if id == nil || len(calls) == 0 {
				continue
			}
			seen++
			exercise := fmt.Sprintf("%s.%s %s", file[:2], id[1], calls[len(calls)-1][1])
			if len(answers[exercise]) < 2 {
				t.Errorf("%s has %d answers among six students", exercise, len(answers[exercise]))
			}
		}
		if !asked || seen == before {
			t.Errorf("%s: %d exercises, and asks for a student's id: %v", file, seen-before, asked)
		}
	}
	if seen != len(answers) {
		t.Errorf("%d exercises in the lessons, %d in the key", seen, len(answers))
	}
}
