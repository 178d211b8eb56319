package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/sockets"
)

// played is what the command prints.
func played(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(args, &out); err != nil {
		t.Fatalf("replay %v: %v", args, err)
	}
	return out.String()
}

func TestReplay(t *testing.T) {
	const s = "sockets:v1:handshake?seed=7"
	if list := played(t); !strings.Contains(list, "sockets:v1:lossy-bulk?seed=1") || !strings.Contains(list, "(client, server, both)") {
		t.Errorf("the list must have every scenario with its options:\n%s", list)
	}
	if out := played(t, s); strings.Count(out, "Flags [S]") != 2 {
		t.Errorf("a SYN leaves one host and comes to the other:\n%s", out)
	}
	if out := played(t, "-tape", s); !strings.Contains(out, "SYN queue 1") {
		t.Errorf("the tape has the SYN queue:\n%s", out)
	}
	if out := played(t, "-at", "0", s); !strings.Contains(out, "after event 0") {
		t.Errorf("the state at the beginning:\n%s", out)
	}
	name := filepath.Join(t.TempDir(), "run.pcapng")
	played(t, "-o", name, s)
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sockets.ParseReplay(s)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := r.Pcapng(&want); err != nil || !bytes.Equal(file, want.Bytes()) {
		t.Errorf("the file must be the capture of the run, %v", err)
	}
}

func TestReplayRefuses(t *testing.T) {
	for _, args := range [][]string{{"sockets:v1:nothing"}, {"sockets:v1:handshake", "sockets:v1:close"}, {"-at", "1000000", "sockets:v1:handshake"},
		{"-o", "/", "sockets:v1:handshake"}, {"-speed"}} {
		if err := run(args, &bytes.Buffer{}); err == nil {
			t.Errorf("replay %v must be refused", args)
		}
	}
}
