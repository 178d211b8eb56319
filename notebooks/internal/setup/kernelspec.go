package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// unusedFor is how long a copy or an environment that no start has used is kept.
const unusedFor = 30 * 24 * time.Hour

// A Kernelspec is Jupyter's description of a kernel: what kernel.json holds.
type Kernelspec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env,omitempty"`
}

// GonbSpec describes GoNB with the module at root in its workspace, so that a
// cell imports socketbook/… with no word about it in the notebook.
func GonbSpec(g Gonb, root string) Kernelspec {
	spec := Kernelspec{
		Argv:          []string{g.Path, "-kernel", "{connection_file}", "-go_work", root},
		DisplayName:   "Go (GoNB)",
		Language:      "go",
		InterruptMode: "message",
	}
	if g.Bin != "" {
		spec.Env = map[string]string{"PATH": g.Bin + string(os.PathListSeparator) + "${PATH}"}
	}
	return spec
}

// BundledSpec describes the kernel inside this very program.
func BundledSpec(program, root string) Kernelspec {
	return Kernelspec{
		Argv:          []string{program, "kernel", "-root", root, "{connection_file}"},
		DisplayName:   "Go (bundled)",
		Language:      "go",
		InterruptMode: "message",
	}
}

// Install writes the kernelspec under the name gonb into a folder of its own
// below base, and returns the folder to put on JUPYTER_PATH. Each distinct spec
// has its own folder: two clones, or two kernels, can run at once.
func (k Kernelspec) Install(base string) (jupyterPath string, err error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(k); err != nil {
		return "", err
	}
	sum := sha256.Sum256(buf.Bytes())
	jupyterPath = filepath.Join(base, "kernelspec-"+hex.EncodeToString(sum[:6]))
	file := filepath.Join(jupyterPath, "kernels", "gonb", "kernel.json")
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, buf.Bytes()) {
		prune(base, "kernelspec", jupyterPath, unusedFor)
		return jupyterPath, nil // also when the cache is read-only
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	return jupyterPath, replaceFile(file, buf.Bytes(), 0o644)
}

// StartedByGoRun reports whether this program is the binary that "go run" keeps
// in its temporary folder or in its cache.
func StartedByGoRun() bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	cache := os.Getenv("GOCACHE")
	return strings.Contains(filepath.ToSlash(self), "/go-build") || cache != "" && strings.HasPrefix(self, cache)
}

// Program returns a file that holds the running program and will stay. "go run"
// deletes its binary when it ends, so that one is copied into base, under a name
// made from its content: changed sources make another copy.
func Program(base string) (string, error) {
	self, err := os.Executable()
	if err != nil || !StartedByGoRun() {
		return self, err
	}
	data, err := os.ReadFile(self)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	dir := filepath.Join(base, "kernel-"+hex.EncodeToString(sum[:6]))
	program := filepath.Join(dir, exe("notebooks"))
	if _, err := os.Stat(program); err == nil {
		prune(base, "kernel", dir, unusedFor)
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return program, replaceFile(program, data, 0o755)
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Chmod(mode)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// prune removes what nobody has used for a while: folders of base with the
// given prefix, other than keep, that were last used before age ago. Best
// effort: what stays behind takes only room.
func prune(base, prefix, keep string, age time.Duration) {
	os.Chtimes(keep, time.Now(), time.Now())
	old, _ := filepath.Glob(filepath.Join(base, prefix+"-*"))
	for _, dir := range old {
		if fi, err := os.Stat(dir); err == nil && fi.IsDir() && dir != keep && time.Since(fi.ModTime()) > age {
			os.RemoveAll(dir)
		}
	}
}
