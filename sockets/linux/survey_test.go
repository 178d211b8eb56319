package linux

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/internal/survey"
)

// surveyed is a process and its host, as the survey wants them.
type surveyed struct {
	Process
	host Host
}

func (s surveyed) SetSysctl(key, value string) error {
	return answered(s.host.SetSysctl(key, value))
}

func (s surveyed) Sysctl(key string) (string, error) {
	v, err := s.host.(interface {
		Sysctl(key string) (string, error)
	}).Sysctl(key)
	return v, answered(err)
}

// answered is the errno in an error.
func answered(err error) error {
	var e syscall.Errno
	if errors.As(err, &e) {
		return sockets.Errno(e)
	}
	return err
}

func (s surveyed) Settle() { s.host.Settle() }

// Wait lets the kernel's timers go off.
func (s surveyed) Wait(d time.Duration) { time.Sleep(d) }

// TestSurvey asks the kernel of this machine what package sockets' own test
// holds the simulated host against. SOCKETS_SURVEY=DIR writes the answers
// there, as that test reads them (sockets/testdata/survey); else it is
// skipped: other kernels and other settings give other answers.
func TestSurvey(t *testing.T) {
	dir := os.Getenv("SOCKETS_SURVEY")
	if dir == "" {
		t.Skip("SOCKETS_SURVEY names no folder to write to")
	}
	for _, section := range survey.Sections {
		for _, uid := range survey.Users(section) {
			t.Run(fmt.Sprintf("%s-%d", section, uid), func(t *testing.T) {
				if err := record(dir, section, uid); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func record(dir, section string, uid int) error {
	h, err := Open()
	if err != nil {
		return err
	}
	defer h.Close()
	p, err := h.Process("survey", uid)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%d.txt.gz", section, uid)))
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	for _, line := range survey.Ask(surveyed{p, h}, section) {
		fmt.Fprintln(z, line)
	}
	return z.Close()
}
