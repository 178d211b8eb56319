package sockets_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/internal/survey"
)

// simSurvey is a process of a simulated host, as the survey wants it.
type simSurvey struct {
	*sockets.Process
	lab *sockets.Network
}

func (s simSurvey) SetSysctl(key, value string) error { return s.Host().SetSysctl(key, value) }
func (s simSurvey) Sysctl(key string) (string, error) { return s.Host().Sysctl(key) }
func (s simSurvey) Wait(d time.Duration)              { s.lab.RunFor(d) }
func (s simSurvey) Settle()                           { (&simKernel{lab: s.lab, host: s.Host()}).Settle() }

// TestSurvey asks the simulated host every option of every level, by number,
// on sockets of every kind and state, and more; and holds the answers against
// those of Linux 6.18 in testdata/survey (recorded by sockets/linux's test of
// the same name).
func TestSurvey(t *testing.T) {
	for _, section := range survey.Sections {
		for _, uid := range survey.Users(section) {
			t.Run(fmt.Sprintf("%s-%d", section, uid), func(t *testing.T) {
				t.Parallel()
				want := recorded(t, section, uid)
				lab := sockets.NewNetwork(sockets.Seed(1))
				p := lab.NewHost("host", sockets.Limits{}).NewProcess("survey")
				if err := p.Setuid(uid); err != nil {
					t.Fatal(err)
				}
				got := survey.Ask(simSurvey{p, lab}, section)
				if len(got) != len(want) {
					t.Errorf("%d answers, recorded are %d", len(got), len(want))
				}
				bad := 0
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						if bad++; bad <= 20 {
							t.Errorf("line %d\n   got %s\nkernel %s", i+1, got[i], want[i])
						}
					}
				}
				t.Logf("%d of %d answers are the kernel's", len(want)-bad, len(want))
			})
		}
	}
}

func recorded(t *testing.T, section string, uid int) (lines []string) {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("testdata/survey/%s-%d.txt.gz", section, uid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if len(lines) == 0 || strings.TrimSpace(lines[0]) == "" {
		t.Fatal("nothing is recorded")
	}
	return lines
}
