package setup

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"socketbook/notebooks/internal/proc"
	"socketbook/notebooks/internal/steps"
)

//go:embed jupyter.lock
var jupyterLock string

//go:embed book.lock
var bookLock string

// A Venv is a pinned Python environment: a lock that names every package at
// one version, and the module it is made for.
type Venv struct {
	Name   string // folder name in the cache, without the lock's hash
	Title  string // for the reader
	Lock   string // requirements file
	Module string // must be there in a whole environment
}

// The two environments. They are apart so that reading needs no Sphinx and
// exporting needs no JupyterLab.
var (
	Jupyter = Venv{Name: "jupyter", Title: "JupyterLab 4.6.6", Lock: jupyterLock, Module: "jupyterlab"}
	Book    = Venv{Name: "book", Title: "Sphinx 9.0.4 for the HTML book", Lock: bookLock, Module: "myst_nb"}
)

// stamp is written last into an environment: one without it is half made.
const stamp = "socketbook-ready"

// Dir is where the environment lies in a cache. It changes with the lock.
func (v Venv) Dir(cache string) string {
	sum := sha256.Sum256([]byte(v.Lock))
	return filepath.Join(cache, v.Name+"-"+hex.EncodeToString(sum[:6]))
}

// Packages is the number of packages in the lock, one a line. Those for other
// platforms or Pythons are counted too.
func (v Venv) Packages() int {
	n := 0
	for line := range strings.Lines(v.Lock) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			n++
		}
	}
	return n
}

// Python is the environment's interpreter.
func (v Venv) Python(cache string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(v.Dir(cache), "Scripts", "python.exe")
	}
	return filepath.Join(v.Dir(cache), "bin", "python")
}

// Ready reports whether the environment is whole and its interpreter still
// runs: a system upgrade can take away the Python it was made from.
func (v Venv) Ready(ctx context.Context, cache string) bool {
	if _, err := os.Stat(filepath.Join(v.Dir(cache), stamp)); err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, v.Python(cache), "-c", "import importlib.util as u, sys; sys.exit(u.find_spec("+`"`+v.Module+`"`+") is None)")
	cmd.Env = pythonEnv(os.Environ())
	return cmd.Run() == nil
}

// Possible says why the environment is neither there nor can be made, if so.
func (v Venv) Possible(ctx context.Context, cache string) error {
	if v.Ready(ctx, cache) {
		return nil
	}
	_, err := FindPython(ctx)
	return err
}

// Ensure makes the environment unless it is there, and returns its
// interpreter. A half-made one is thrown away and made anew.
func (v Venv) Ensure(ctx context.Context, cache string, log *steps.Log) (string, error) {
	if v.Ready(ctx, cache) {
		prune(cache, v.Name, v.Dir(cache), unusedFor)
		return v.Python(cache), nil
	}
	py, err := FindPython(ctx)
	if err != nil {
		return "", err
	}
	if err := Writable(cache, "cache"); err != nil {
		return "", err
	}
	if free, known := FreeBytes(cache); known {
		if err := enough(free, cache); err != nil {
			return "", err
		}
	}
	unlock, err := lockFile(filepath.Join(cache, v.Name+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if v.Ready(ctx, cache) { // somebody else made it while we waited
		return v.Python(cache), nil
	}
	return v.Python(cache), v.build(ctx, py, cache, log)
}

// enough refuses to begin on a disk that will be full before the end: Python's own
// words about it name neither the disk nor the place.
func enough(free uint64, cache string) error {
	const needed = 400 << 20
	if free < needed {
		return fmt.Errorf("%w: %d MB free in %s, about 600 MB are needed; -cache DIR chooses another place", ErrNoSpace, free>>20, cache)
	}
	return nil
}

func (v Venv) build(ctx context.Context, py Python, cache string, log *steps.Log) (err error) {
	dir := v.Dir(cache)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	step := log.Start("Preparing " + v.Title + ", once")
	defer step.Fail()
	defer func() {
		if err != nil {
			os.RemoveAll(dir) // a half-made environment is of no use
		}
	}()
	env := pythonEnv(os.Environ())
	step.Note("a virtual environment")
	if err := proc.Run(ctx, proc.Command{Name: py.Path, Args: []string{"-m", "venv", dir}, Env: env}); err != nil {
		return explainVenv(err)
	}
	step.Note("asking for the first of %d packages", v.Packages())
	req := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(req, []byte(v.Lock), 0o644); err != nil {
		return err
	}
	if err := v.install(ctx, env, v.Python(cache), req, step); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, stamp), []byte("Python "+py.Version+"\n"), 0o644); err != nil {
		return err
	}
	step.Done("ready")
	return nil
}

// explainVenv says in one line what Python's venv module said in many.
func explainVenv(err error) error {
	ce, ok := errors.AsType[*proc.Error](err)
	switch {
	case ok && strings.Contains(ce.Tail, "No space left"):
		return errCacheFull
	case ok && strings.Contains(ce.Tail, "ensurepip is not"):
		return fmt.Errorf("%w: its venv module has no ensurepip; Debian, Ubuntu: apt install python3-venv", ErrNoPython)
	}
	return fmt.Errorf("making a virtual environment: %w", err)
}

// install runs pip and counts the packages it names. --no-deps: what is not in
// the lock must not come in; pip's own check then proves that nothing lacks.
func (v Venv) install(ctx context.Context, env []string, python, req string, step *steps.Step) error {
	seen := 0
	count := func(line string) {
		switch {
		case strings.HasPrefix(line, "Collecting "):
			seen++
			step.Note("package %d of %d", seen, v.Packages())
		case strings.HasPrefix(line, "Installing collected"):
			step.Note("unpacking %d packages", seen)
		}
	}
	args := []string{"-m", "pip", "install", "--no-deps", "--progress-bar", "off", "--retries", "2", "-r", req}
	err := proc.Run(ctx, proc.Command{Name: python, Args: args, Env: env, Line: count})
	if err != nil {
		return explainPip(err)
	}
	step.Note("checking")
	if err := proc.Run(ctx, proc.Command{Name: python, Args: []string{"-m", "pip", "check"}, Env: env}); err != nil {
		return fmt.Errorf("the pinned packages do not fit together on this machine: %w", err)
	}
	return nil
}

// What stands in the way of an environment, beside ErrNoPython.
var (
	ErrNoSpace   = errors.New("no space left on the disk")
	ErrNoNetwork = errors.New("pip could not reach its package index")

	errCacheFull = fmt.Errorf("%w: about 600 MB are needed; -cache DIR chooses another place", ErrNoSpace)
)

// proxyHint names a proxy that the environment sets, since a wrong one looks like
// no network at all. A password in it is not shown.
func proxyHint() string {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		shown := "set"
		if u, err := url.Parse(value); err == nil {
			shown = u.Redacted()
		}
		return fmt.Sprintf("; %s is %s: if that is wrong, env -u %s go run ./notebooks does without", name, shown, name)
	}
	return ""
}

// explainPip says in one line what pip said in many.
func explainPip(err error) error {
	var ce *proc.Error
	if !errors.As(err, &ce) {
		return err
	}
	for _, sign := range []string{"Temporary failure in name resolution", "Name or service not known", "nodename nor servname", "NewConnectionError", "Network is unreachable", "ProxyError", "timed out", "getaddrinfo", "Connection refused"} {
		if strings.Contains(ce.Tail, sign) {
			return fmt.Errorf("%w (%s): a network is needed this once, not later%s", ErrNoNetwork, sign, proxyHint())
		}
	}
	if strings.Contains(ce.Tail, "No space left") {
		return errCacheFull
	}
	return fmt.Errorf("pip could not install the packages: %w", err)
}
