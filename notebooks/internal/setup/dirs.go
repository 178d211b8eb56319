// Package setup prepares what the book needs on the reader's machine: a Python
// environment, the Go kernel and its kernelspec, all in the user's cache
// folder. Everything is pinned, kept when it is whole, and rebuilt when it is
// half made.
package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Dir is a folder and, when we had to choose an unusual one, the reason.
type Dir struct {
	Path string
	Note string // for the reader; empty when the folder is the usual one
}

// CacheEnv names the cache folder where no flag does; charts honours it too.
const CacheEnv = "SOCKETBOOK_CACHE"

// CacheDir returns the folder for what can be made again. given, when not
// empty, decides, then the environment; otherwise it is "socketbook" in the
// user's cache folder, or, for a user without a home, one in the temporary folder.
func CacheDir(given string) (Dir, error) {
	if given == "" {
		given = os.Getenv(CacheEnv)
	}
	if given != "" {
		return absolute(given)
	}
	base, err := os.UserCacheDir()
	if err != nil || !filepath.IsAbs(base) {
		return homeless("cache")
	}
	return Dir{Path: filepath.Join(base, "socketbook")}, nil
}

// WorkDir returns the reader's own folder: given, or "socketbook" in the home
// folder, or, without a home, one in the temporary folder.
func WorkDir(given string) (Dir, error) {
	if given != "" {
		return absolute(given)
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return homeless("work")
	}
	return Dir{Path: filepath.Join(home, "socketbook")}, nil
}

func absolute(path string) (Dir, error) {
	abs, err := filepath.Abs(path)
	return Dir{Path: abs}, err
}

// homeless gives a user without HOME a private folder in the temporary one. A
// folder of that name that somebody else made is not to be trusted.
func homeless(kind string) (Dir, error) {
	root := filepath.Join(os.TempDir(), fmt.Sprintf("socketbook-%d", os.Getuid()))
	if err := os.MkdirAll(root, 0o700); err != nil {
		return Dir{}, fmt.Errorf("HOME is not set and %w: set HOME, or give -cache DIR and -work DIR", err)
	}
	fi, err := os.Lstat(root)
	if err != nil {
		return Dir{}, err
	}
	if !fi.IsDir() || !ownedByUs(fi) || fi.Mode().Perm()&0o022 != 0 {
		return Dir{}, fmt.Errorf("HOME is not set, and %s is not a private folder of yours: set HOME, or give -cache DIR and -work DIR", root)
	}
	dir := filepath.Join(root, kind)
	return Dir{Path: dir, Note: fmt.Sprintf("HOME is not set: the %s folder is %s, which may not outlive a reboot; -%s DIR chooses another", kind, dir, kind)}, nil
}

// Writable makes dir if it is missing and proves that a file can be made in it.
// flag is the option that names another folder, for the message.
func Writable(dir, flag string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = probe(dir)
	}
	return notWritable(dir, flag, err)
}

// CouldWrite is Writable without making dir: it tries the nearest folder above
// that is there, and leaves nothing behind.
func CouldWrite(dir, flag string) error {
	there := dir
	for there != filepath.Dir(there) {
		if _, err := os.Stat(there); err == nil {
			break
		}
		there = filepath.Dir(there)
	}
	return notWritable(dir, flag, probe(there))
}

func probe(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

func notWritable(dir, flag string, err error) error {
	if err == nil {
		return nil
	}
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the path is named once, here
	}
	way := ""
	if home, none := os.UserHomeDir(); none == nil && strings.HasPrefix(dir, home+string(filepath.Separator)) && probe(home) != nil {
		way = ", or for all folders HOME=$(mktemp -d) go run ./notebooks"
	}
	return fmt.Errorf("cannot write in %s (%w): give a folder of yours with -%s DIR%s", dir, err, flag, way)
}

// ModuleRoot finds the clone: the folder of the go.mod that declares
// "module socketbook", at or above one of the given folders.
func ModuleRoot(from ...string) (string, error) {
	for _, dir := range from {
		for dir != "" {
			data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
			if err == nil && isBook(string(data)) {
				return dir, nil
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return "", errors.New(`no clone of the book here: run this inside the clone, the folder whose go.mod says "module socketbook"`)
}

func isBook(gomod string) bool {
	for line := range strings.Lines(gomod) {
		line, _, _ = strings.Cut(line, "//")
		if f := strings.Fields(line); len(f) > 0 && f[0] == "module" {
			return len(f) == 2 && strings.Trim(f[1], `"`) == "socketbook"
		}
	}
	return false
}
