package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"socketbook/notebooks/internal/setup"
)

// What a newcomer's machine may lack, each with the message that helps. Programs are
// played by scripts, so that no hand-made installation is needed.

// newGo answers what is asked of a go command, and compiles nothing.
const newGo = `case "$*" in
*GOVERSION\ GOCACHE*) echo go1.26.0; echo "$HOME/go-build" ;;
*env*) echo '{"GOVERSION": "go1.26.0", "GOTOOLDIR": "/nowhere", "GOROOT": "/nowhere"}' ;;
*) exit 1 ;;
esac`

// program puts a script on the PATH of a test that is alone.
func program(t *testing.T, name, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of this test are shell scripts")
	}
	if err := os.WriteFile(filepath.Join(os.Getenv("PATH"), name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutGoNothingIsFetched(t *testing.T) {
	old := strings.ReplaceAll(newGo, "1.26.0", "1.24.3")
	refuses := `echo 'go: go.mod requires go >= 1.26 (running go 1.24.3; GOTOOLCHAIN=local)' >&2; exit 1`
	for _, tt := range []struct{ desc, script, want string }{
		{"none", "", "the go command is not on PATH; cells need go1.26 or later from https://go.dev/dl"},
		{"an old one", old, "the go command is go1.24.3; cells need go1.26"},
		{"an old one that refuses", refuses, "running go 1.24.3"},
	} {
		home, _ := alone(t)
		if tt.script != "" {
			program(t, "go", tt.script)
		}
		for _, args := range []string{"-no-browser", "run", "prepare", "export -o " + filepath.Join(home, "book"), "grade " + home} {
			status, _, stderr := call(t, strings.Fields(args)...)
			if status != exitFailed || !strings.Contains(stderr, tt.want) || strings.Count(stderr, tt.want) != 1 || !strings.Contains(stderr, "GOTOOLCHAIN=auto go run ./notebooks") {
				t.Errorf("%s, %q: status %d and\n%s\nwant %q once, and the way on", tt.desc, args, status, stderr, tt.want)
			}
		}
		if entries, _ := os.ReadDir(home); len(entries) != 0 {
			t.Errorf("%s: something was made before Go was tried: %v", tt.desc, entries)
		}
		if status, stdout, _ := call(t, "check"); status != exitFailed || !strings.Contains(stdout, "lacks  Go ") {
			t.Errorf("%s: check says\n%s", tt.desc, stdout)
		}
	}
}

func TestWithoutVenvThePackageIsNamed(t *testing.T) {
	home, _ := alone(t)
	program(t, "go", newGo)
	program(t, "python3", "echo 3.11.2; echo /usr/bin/python3; echo False")
	status, _, stderr := call(t, "-no-browser")
	if status != exitFailed || !strings.Contains(stderr, "apt install python3.11-venv") {
		t.Errorf("status %d and\n%s", status, stderr)
	}
	if entries, _ := os.ReadDir(filepath.Join(home, "socketbook")); len(entries) != 0 {
		t.Errorf("lessons were laid out: %v", entries)
	}
	if _, stdout, _ := call(t, "check"); !strings.Contains(stdout, "apt install python3.11-venv") {
		t.Errorf("check says\n%s", stdout)
	}
}

// pipOffline is a Python whose pip finds no network, and whose venv module makes a
// copy of it.
const pipOffline = `case "$*" in
*find_spec*m*for*m*) echo 3.12.0; echo "$0"; echo True ;;
"-m venv "*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" ;;
*"pip install"*) echo "Temporary failure in name resolution" >&2; exit 1 ;;
esac`

func TestWithoutNetworkTheProxyIsNamed(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "")
	}
	home, _ := alone(t)
	program(t, "go", newGo)
	program(t, "python3", pipOffline)
	status, _, stderr := call(t, "-no-browser")
	if status != exitFailed || !strings.Contains(stderr, "a network is needed this once, not later\n") || !strings.Contains(stderr, "run -show") {
		t.Errorf("no network: status %d and\n%s", status, stderr)
	}
	t.Setenv("HTTPS_PROXY", "http://ann:secret@127.0.0.1:9")
	_, _, stderr = call(t, "-no-browser")
	if !strings.Contains(stderr, "HTTPS_PROXY is http://ann:xxxxx@127.0.0.1:9") || !strings.Contains(stderr, "env -u HTTPS_PROXY go run ./notebooks") {
		t.Errorf("wrong proxy:\n%s", stderr)
	}
	if _, err := os.Stat(filepath.Join(home, ".cache", "socketbook")); err == nil {
		if left, _ := filepath.Glob(filepath.Join(home, ".cache", "socketbook", "jupyter-*")); len(left) != 0 {
			t.Errorf("a half-made environment was left: %v", left)
		}
	}
}

func TestAFullDiskIsNamed(t *testing.T) {
	full := fmt.Errorf("pip: %w", setup.ErrNoSpace)
	if text := waysOn(full).Error(); !strings.Contains(text, "go run ./notebooks -cache DIR") || strings.Contains(text, "try again") {
		t.Errorf("the ways on are\n%s", text)
	}
	// A device that is always full stands in for a work folder on such a disk.
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	if err := os.WriteFile("/dev/full", []byte("x"), 0); !isFull(err) {
		t.Errorf("%v is not taken for a full disk", err)
	}
	if isFull(syscall.EACCES) {
		t.Error("EACCES is taken for a full disk")
	}
}

func TestCheckNamesTheBuildCache(t *testing.T) {
	home, _ := alone(t)
	file := filepath.Join(home, "file") // below which no folder can be made, not even by root
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	program(t, "go", strings.ReplaceAll(newGo, "$HOME/go-build", file+"/go-build"))
	if _, stdout, _ := call(t, "check"); !strings.Contains(stdout, "GOCACHE=DIR go run ./notebooks") {
		t.Errorf("check says\n%s", stdout)
	}
	t.Setenv("TMPDIR", file)
	if _, stdout, _ := call(t, "check"); !strings.Contains(stdout, "TMPDIR=DIR go run ./notebooks") {
		t.Errorf("check says\n%s", stdout)
	}
}

func TestALessonHasANumber(t *testing.T) {
	_, root := alone(t)
	for arg, want := range map[string]string{"2": "02-two.ipynb", "01": "01-one.ipynb"} {
		files, err := (&command{args: []string{arg}}).notebooks()
		if err != nil || len(files) != 1 || files[0] != filepath.Join(root, "notebooks", want) {
			t.Errorf("%q is %v, %v; want %s", arg, files, err, want)
		}
	}
	program(t, "go", newGo)
	for _, arg := range []string{"7", "one", "-1", "300"} {
		if _, err := (&command{args: []string{arg}}).notebooks(); err == nil || !strings.Contains(err.Error(), "(1 to 2)") {
			t.Errorf("%q: %v; want an error that says which there are", arg, err)
		}
	}
}
