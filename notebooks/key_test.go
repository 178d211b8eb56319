package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyVerb(t *testing.T) {
	keyOf := func(args ...string) (status int, out, log string) {
		var stdout, stderr bytes.Buffer
		status = dispatch(context.Background(), append([]string{"key"}, args...), &stdout, &stderr)
		return status, stdout.String(), stderr.String()
	}
	status, everybody, log := keyOf()
	for _, want := range []string{"Key for the numbers of the lessons", "Lesson 1\n", "Lesson 11\n", "Lesson 12\n", "1. Nofile (10,000 clients): 10,004", "func claimPortKey"} {
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
