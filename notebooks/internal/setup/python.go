package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pythonMinor is the oldest Python 3 minor version the pinned packages accept.
const pythonMinor = 11

// pythonNames are looked for on PATH in this order; the first that will do is taken.
var pythonNames = []string{"python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"}

// ErrNoPython is wrapped by the errors of FindPython.
var ErrNoPython = errors.New("no usable Python")

// A Python is an interpreter that can make virtual environments.
type Python struct {
	Path    string // the interpreter itself, past any launcher
	Version string // such as "3.11.7"
}

// askPython prints version, path, and whether venv can make an environment with pip.
// An empty folder of the module's name has no origin.
const askPython = `import sys, importlib.util as u
print("%d.%d.%d" % sys.version_info[:3]); print(sys.executable)
print(all(getattr(u.find_spec(m), "origin", None) for m in ("venv", "ensurepip")))`

// FindPython returns the first Python on PATH that is new enough and has its
// venv module. The error says what was found instead and how to get one.
func FindPython(ctx context.Context) (Python, error) {
	found, seen := []string{}, map[string]bool{}
	for _, name := range pythonNames {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		real, err := filepath.EvalSymlinks(path)
		if err == nil && seen[real] { // python3 is a link to python3.11
			continue
		}
		seen[real] = true
		p, lack := probePython(ctx, path)
		if lack == "" {
			return p, nil
		}
		found = append(found, fmt.Sprintf("%s %s", path, lack))
	}
	if err := ctx.Err(); err != nil {
		return Python{}, err
	}
	if len(found) == 0 {
		found = append(found, "none is on PATH")
	}
	return Python{}, fmt.Errorf("%w: Python 3.%d or later with its venv module is needed (%s)", ErrNoPython, pythonMinor, strings.Join(found, "; "))
}

// probePython asks an interpreter what it is; lack says why it will not do.
func probePython(ctx context.Context, path string) (p Python, lack string) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "-c", askPython)
	cmd.Env = pythonEnv(os.Environ())
	out, err := cmd.Output()
	if err != nil {
		return p, "does not run"
	}
	f := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(f) != 3 {
		return p, "does not answer as Python 3 does"
	}
	p = Python{Path: strings.TrimSpace(f[1]), Version: strings.TrimSpace(f[0])}
	v := strings.SplitN(p.Version, ".", 3)
	minor, err := strconv.Atoi(v[1])
	switch {
	case err != nil || v[0] != "3" || minor < pythonMinor:
		return p, "is version " + p.Version
	case strings.TrimSpace(f[2]) != "True":
		return p, fmt.Sprintf("has no venv module; Debian, Ubuntu: apt install python3.%d-venv", minor)
	}
	return p, ""
}

// pythonEnv returns env without what would mix the reader's own packages into
// ours, and with pip told to be quiet about itself and to ask nothing.
func pythonEnv(env []string) []string {
	out := make([]string, 0, len(env)+5)
	for _, kv := range env {
		switch key, _, _ := strings.Cut(kv, "="); key {
		case "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER":
		default:
			out = append(out, kv)
		}
	}
	return append(out, "PYTHONNOUSERSITE=1", "PIP_USER=0", "PIP_NO_INPUT=1", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PYTHONUTF8=1")
}
