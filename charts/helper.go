package charts

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// CacheEnv names a folder to look for the renderer in, and to build it into,
// before the user's cache: an image can keep one there for all its users.
const CacheEnv = "SOCKETBOOK_CACHE"

// buildTime is the longest a build of the renderer may take.
const buildTime = 5 * time.Minute

// Prepare builds the renderer into the cache unless it is there, so that the
// first chart need not wait, and returns its path. It writes to progress what
// takes time.
func Prepare(progress io.Writer) (path string, err error) {
	if progress == nil {
		progress = io.Discard
	}
	return helper(progress)
}

// helper returns the renderer's binary, built from the sources it belongs to.
// Its name holds their hash, so a changed source is a new binary, and a binary
// that is there is the right one.
func helper(progress io.Writer) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	key, err := sourceKey(root)
	if err != nil {
		return "", fmt.Errorf("cannot read the renderer's source: %w", err)
	}
	name := "render-" + key
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	dirs := cacheDirs()
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if s, err := os.Stat(path); err == nil && s.Mode().IsRegular() {
			return path, nil
		}
	}
	if len(dirs) == 0 {
		return "", errors.New("no cache folder for the renderer: set " + CacheEnv + " or HOME to a folder that can be written")
	}
	for _, dir := range dirs {
		if err = os.MkdirAll(dir, 0o755); err != nil {
			continue
		}
		var path string
		if path, err = compile(root, dir, name, progress); err == nil {
			return path, nil
		}
	}
	return "", err
}

// cacheDirs lists where a renderer may lie, the first choice first.
func cacheDirs() []string {
	var dirs []string
	if d := os.Getenv(CacheEnv); d != "" {
		dirs = append(dirs, filepath.Join(d, "charts"))
	}
	if d, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(d, "socketbook", "charts"))
	}
	return dirs
}

// moduleRoot is the folder of go.mod: the compiler noted where this file is.
func moduleRoot() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(file))
	if filepath.IsAbs(file) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return root, nil
		}
	}
	return "", fmt.Errorf("the renderer is built from the module's source, and that is not at %q: "+
		"build this program without -trimpath, on the machine it runs on", root)
}

// sourceKey hashes what the renderer is built from.
func sourceKey(root string) (string, error) {
	h := fnv.New128a()
	io.WriteString(h, runtime.GOOS+"/"+runtime.GOARCH+"\n")
	add := func(path string) error {
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(rel), len(b))
		h.Write(b)
		return err
	}
	for _, f := range []string{"go.mod", "go.sum"} {
		if err := add(filepath.Join(root, f)); err != nil {
			return "", err
		}
	}
	for _, dir := range []string{"spec", "render", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, "charts", dir), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case d.IsDir(), strings.HasSuffix(path, "_test.go"):
				return nil
			}
			return add(path)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// compile runs go build into a file of its own and renames it: two cells that
// build at once each rename a whole binary, and the bytes are the same.
func compile(root, dir, name string, progress io.Writer) (string, error) {
	tool, err := lookPath("go")
	if err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(dir, "building-*")
	if err != nil {
		return "", err
	}
	tmp.Close()
	defer os.Remove(tmp.Name())
	fmt.Fprintln(progress, "charts: building the renderer, once …")
	args := []string{tool, "build", "-ldflags=-s -w", "-o", tmp.Name(), "./charts/cmd/render"}
	if said, err := run(root, args); err != nil {
		return "", fmt.Errorf("cannot build the renderer: `%s` in %s: %w\n%s", strings.Join(args, " "), root, err, said)
	}
	if err := os.Chmod(tmp.Name(), 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if err := os.Rename(tmp.Name(), path); err != nil {
		// Windows refuses to replace a running binary: somebody was faster.
		if _, gone := os.Stat(path); gone != nil {
			return "", err
		}
	}
	prune(dir)
	return path, nil
}

// run starts a command in dir and returns what it said when it failed.
func run(dir string, args []string) (said string, err error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return "", err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	p, err := os.StartProcess(args[0], args, &os.ProcAttr{Dir: dir, Env: buildEnv(), Files: []*os.File{null, w, w}})
	w.Close()
	if err != nil {
		return "", err
	}
	late := time.AfterFunc(buildTime, func() { p.Kill() })
	defer late.Stop()
	var b bytes.Buffer
	io.Copy(&b, r)
	s, err := p.Wait()
	if err == nil && !s.Success() {
		err = errors.New(s.String())
	}
	return b.String(), err
}

// buildEnv is the environment without what a notebook's kernel sets for its
// own cells, and would send the build elsewhere.
func buildEnv() []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		for _, k := range []string{"GOWORK=", "GOFLAGS=", "GOOS=", "GOARCH=", "GO111MODULE=", "GOBIN=", "PWD="} {
			if strings.HasPrefix(kv, k) {
				return true
			}
		}
		return false
	})
	return append(env, "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
}

// lookPath finds a command on PATH, as os/exec would.
func lookPath(name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if s, err := os.Stat(path); filepath.IsAbs(dir) && err == nil && !s.IsDir() && (s.Mode()&0o111 != 0 || runtime.GOOS == "windows") {
			return path, nil
		}
	}
	return "", fmt.Errorf("cannot build the renderer: no %s command on PATH: install Go, or run a program that calls charts.Prepare where there is one", name)
}

// prune removes renderers of older sources, but the two newest of them: a
// notebook open since before an update may still start one.
func prune(dir string) {
	old, _ := filepath.Glob(filepath.Join(dir, "render-*"))
	age := func(path string) int64 {
		s, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return -s.ModTime().UnixNano()
	}
	slices.SortFunc(old, func(a, b string) int { return int(max(-1, min(1, age(a)-age(b)))) })
	for i, path := range old {
		if i > 2 {
			os.Remove(path)
		}
	}
}
