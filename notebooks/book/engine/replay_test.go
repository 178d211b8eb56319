package engine

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplayCommands runs what stands beneath the controls, and finds their answers:
// of the capacity model the sentence, of a run the same replay string and the tape
// it was drawn from.
func TestReplayCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles two commands")
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to paste a command into")
	}
	for _, q := range []string{
		"nofile", "nofile?nofile=16,777,216&kind=a proxy&ram=1 GiB", "tuples", "tuples?clients=1,000&ports=64,512&servers=4&nofile=16,777,216",
		"memory", "memory?app=3,504 B&unread=8 KiB&ram=1024 GiB", "backlog", "journey", "ladder?loss=50&seed=7",
	} {
		d, err := Ask(q)
		if err != nil {
			t.Fatal(err)
		}
		line, model := d.Text, true
		if i := strings.Index(d.Replay, "sockets:v1:"); i >= 0 {
			line, model = strings.TrimSuffix(d.Replay[i:], "'"), false
		}
		cmd := exec.Command(sh, "-c", d.Replay)
		cmd.Dir = filepath.Join("..", "..", "..")
		out, err := cmd.CombinedOutput()
		if first, rest, _ := strings.Cut(string(out), "\n"); err != nil || first != line || !model && !strings.Contains(rest, "Flags [S]") {
			t.Errorf("%s: %s says\n%.500s\n%v; want %q", q, d.Replay, out, err, line)
		}
	}
}
