package linux

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/sockets/script"
)

// Every story that package script tells of the simulated host is true of this
// kernel: that is what makes it a story about Linux. Those that are about
// minutes run on virtual time only.
func TestStories(t *testing.T) {
	names, err := filepath.Glob("../script/testdata/*.story")
	if err != nil || len(names) < 1 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".story"), func(t *testing.T) {
			t.Parallel() // they wait most of the time
			runStory(t, name)
		})
	}
}

// runStory runs a story up to three times: a computer that does other things
// is late now and then.
func runStory(t *testing.T, name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	st, err := script.Parse(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	if why := st.SimulatorOnly(); why != "" {
		t.Skip("for virtual time only: " + why)
	}
	for try := 1; ; try++ {
		r, err := st.Run(script.Options{Open: OpenTap})
		var support *SupportError
		switch {
		case err == nil:
			return
		case errors.As(err, &support):
			t.Skip(err)
		case try == 3:
			t.Fatalf("%v\n\nso far:\n%s", err, r)
		}
		t.Logf("try %d: %v", try, err)
	}
}
