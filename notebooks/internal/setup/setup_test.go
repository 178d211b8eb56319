package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"socketbook/notebooks/internal/steps"
)

// fakes puts shell scripts on an otherwise empty PATH (sh and friends stay, by
// their own folder) and returns that folder.
func fakes(t *testing.T, scripts map[string]string) string {
	t.Helper()
	bin := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	return bin
}

func quiet() *steps.Log { return steps.New(new(bytes.Buffer)) }

const proxySaysNo = `echo "$@" >>"$0.calls"
echo "go: $3: reading module: 403 Forbidden" >&2
exit 1`

func calls(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path + ".calls")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

func TestRefusedGonbIsRememberedForADay(t *testing.T) {
	cache := t.TempDir()
	goCmd := filepath.Join(fakes(t, map[string]string{"go": proxySaysNo}), "go")

	_, err := EnsureGonb(t.Context(), cache, false, quiet())
	if !errors.Is(err, ErrGonbNotHere) || !strings.Contains(err.Error(), "403 Forbidden") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error %q; want one line that says GoNB is not to be had and why", err)
	}
	if _, err = EnsureGonb(t.Context(), cache, false, quiet()); !errors.Is(err, ErrGonbNotHere) {
		t.Fatalf("second time: %v", err)
	}
	if n := calls(t, goCmd); n != 1 {
		t.Errorf("go was called %d times; the refusal should have been remembered", n)
	}
	if _, err = EnsureGonb(t.Context(), cache, true, quiet()); !errors.Is(err, ErrGonbNotHere) {
		t.Fatalf("forced: %v", err)
	}
	if n := calls(t, goCmd); n != 2 {
		t.Errorf("go was called %d times; -kernel gonb should have asked again", n)
	}

	r, ok := recallRefusal(cache)
	if !ok || !r.Refused {
		t.Fatalf("memory %+v, %v; want a refusal", r, ok)
	}
	r.At = time.Now().Add(-refusedFor - time.Minute)
	rememberRefusal(cache, r)
	if _, ok := recallRefusal(cache); ok {
		t.Error("a refusal older than a day is still remembered")
	}
}

func TestNoNetworkIsForgottenSoonerThanARefusal(t *testing.T) {
	cache := t.TempDir()
	fakes(t, map[string]string{"go": `echo "go: dial tcp: lookup proxy: no such host" >&2; exit 1`})
	_, err := EnsureGonb(t.Context(), cache, false, quiet())
	if err == nil || !strings.Contains(err.Error(), "no network") {
		t.Fatalf("error %v; want one that says there is no network", err)
	}
	r, ok := recallRefusal(cache)
	if !ok || r.Refused {
		t.Fatalf("memory %+v, %v; want an accident, not a refusal", r, ok)
	}
	r.At = time.Now().Add(-2 * time.Hour)
	rememberRefusal(cache, r)
	if _, ok := recallRefusal(cache); ok {
		t.Error("two hours later the network is still taken to be gone")
	}
}

func TestGonbIsInstalledPinnedIntoTheCache(t *testing.T) {
	cache := t.TempDir()
	// A go command that installs: an executable named after the package.
	goCmd := filepath.Join(fakes(t, map[string]string{"go": `echo "$@" >>"$0.calls"
n=${2%@*}; n=${n##*/}
/bin/mkdir -p "$GOBIN"; : >"$GOBIN/$n"; /bin/chmod +x "$GOBIN/$n"`}), "go")
	g, err := EnsureGonb(t.Context(), cache, false, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(GonbBin(cache), "gonb"); g.Path != want || g.Bin != GonbBin(cache) {
		t.Errorf("found %+v; want %s", g, want)
	}
	data, _ := os.ReadFile(goCmd + ".calls")
	want := "install github.com/janpfeifer/gonb@v0.11.4\n" +
		"install golang.org/x/tools/cmd/goimports@v0.42.0\n" +
		"install golang.org/x/tools/gopls@v0.21.0\n"
	if string(data) != want {
		t.Errorf("go was called with\n%swant\n%s", data, want)
	}
	if _, err := EnsureGonb(t.Context(), cache, false, quiet()); err != nil || calls(t, goCmd) != 3 {
		t.Errorf("again: %v, %d calls of go; want none more", err, calls(t, goCmd))
	}
}

func TestGonbOnPathIsUsed(t *testing.T) {
	bin := fakes(t, map[string]string{"gonb": "", "goimports": "", "gopls": "", "go": "exit 1"})
	g, err := EnsureGonb(t.Context(), t.TempDir(), false, quiet())
	if err != nil || g.Path != filepath.Join(bin, "gonb") {
		t.Errorf("EnsureGonb = %+v, %v; want the gonb on PATH", g, err)
	}
}

func TestFindPythonSaysWhatItFound(t *testing.T) {
	answer := func(version, venv string) string {
		return fmt.Sprintf("echo %s; echo /opt/python; echo %s", version, venv)
	}
	for _, tt := range []struct {
		desc    string
		scripts map[string]string
		want    string // version, or part of the error
	}{
		{"a good one", map[string]string{"python3": answer("3.12.4", "True")}, "3.12.4"},
		{"the newer name beside an old one", map[string]string{"python3": answer("3.9.2", "True"), "python3.12": answer("3.12.1", "True")}, "3.12.1"},
		{"too old", map[string]string{"python3": answer("3.9.2", "True")}, "is version 3.9.2"},
		{"Python 2", map[string]string{"python": "exit 1"}, "does not run"},
		{"no venv module", map[string]string{"python3": answer("3.11.2", "False")}, "has no venv module"},
		{"none", nil, "none is on PATH"},
	} {
		fakes(t, tt.scripts)
		p, err := FindPython(t.Context())
		if err == nil && p.Version != tt.want {
			t.Errorf("%s: version %s; want %s", tt.desc, p.Version, tt.want)
		}
		if err != nil && (!errors.Is(err, ErrNoPython) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %q; want %q in it", tt.desc, err, tt.want)
		}
	}
}

// python is a fake interpreter that makes "environments" with a copy of itself
// as their interpreter; pip fails while $0's folder says so.
const fakePython = `case "$*" in
*find_spec*m*for*m*) echo 3.12.0; echo "$0"; echo True ;;
"-m venv "*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" ;;
*"pip install"*) echo "Collecting one"; echo "$@" >>"$FAKE/calls"
  if [ -e "$FAKE/broken" ]; then echo "Temporary failure in name resolution" >&2; exit 1; fi ;;
esac`

func TestVenvIsMadeOnceAndAHalfMadeOneAgain(t *testing.T) {
	fake, cache := t.TempDir(), t.TempDir()
	t.Setenv("FAKE", fake)
	fakes(t, map[string]string{"python3": fakePython})
	v := Venv{Name: "trial", Title: "Trial", Lock: "# head\none==1\ntwo==2 ; sys_platform == 'x'\n", Module: "one"}

	broken := filepath.Join(fake, "broken")
	os.WriteFile(broken, nil, 0o644)
	_, err := v.Ensure(t.Context(), cache, quiet())
	if err == nil || !strings.Contains(err.Error(), "could not reach its package index") {
		t.Fatalf("error %v; want one that says pip has no network", err)
	}
	if _, err := os.Stat(v.Dir(cache)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a half-made environment was left behind")
	}

	os.Remove(broken)
	os.MkdirAll(filepath.Join(v.Dir(cache), "bin"), 0o755) // as a kill would leave it
	python, err := v.Ensure(t.Context(), cache, quiet())
	if err != nil || python != filepath.Join(v.Dir(cache), "bin", "python") {
		t.Fatalf("Ensure = %s, %v", python, err)
	}
	if _, err := v.Ensure(t.Context(), cache, quiet()); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(filepath.Join(fake, "calls"))
	if n := bytes.Count(data, []byte("\n")); n != 2 || !bytes.Contains(data, []byte("--no-deps")) {
		t.Errorf("pip was called as\n%swant twice, with --no-deps", data)
	}
	if v.Packages() != 2 {
		t.Errorf("Packages() = %d; want 2", v.Packages())
	}
	other := v
	other.Lock += "three==3\n"
	if other.Ready(t.Context(), cache) || other.Dir(cache) == v.Dir(cache) {
		t.Error("another lock was taken for the same environment")
	}
}

func TestLocksPinEveryPackage(t *testing.T) {
	for _, v := range []Venv{Jupyter, Book} {
		for line := range strings.Lines(v.Lock) {
			line = strings.TrimSpace(line)
			spec, _, _ := strings.Cut(line, " ;")
			if line != "" && line[0] != '#' && strings.Count(spec, "==") != 1 {
				t.Errorf("%s.lock: %q is not pinned to one version", v.Name, line)
			}
		}
	}
}

func TestKernelspecs(t *testing.T) {
	base := t.TempDir()
	gonb := GonbSpec(Gonb{Path: "/c/gonb", Bin: "/c"}, "/clone")
	bundled := BundledSpec("/c/notebooks", "/clone")
	for _, tt := range []struct {
		spec Kernelspec
		argv []string
	}{
		{gonb, []string{"/c/gonb", "-kernel", "{connection_file}", "-go_work", "/clone"}},
		{bundled, []string{"/c/notebooks", "kernel", "-root", "/clone", "{connection_file}"}},
	} {
		path, err := tt.spec.Install(base)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(path, "kernels", "gonb", "kernel.json"))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		argv := []string{}
		for _, a := range got["argv"].([]any) {
			argv = append(argv, a.(string))
		}
		if !reflect.DeepEqual(argv, tt.argv) || got["language"] != "go" || got["interrupt_mode"] != "message" {
			t.Errorf("kernel.json holds %s; want argv %q", data, tt.argv)
		}
	}
	if gonb.Env["PATH"] != "/c:${PATH}" {
		t.Errorf("GoNB's PATH is %q; its tools must be found", gonb.Env["PATH"])
	}
	a, _ := gonb.Install(base)
	b, _ := bundled.Install(base)
	again, err := gonb.Install(base)
	if a == b || again != a || err != nil {
		t.Errorf("folders %s, %s, again %s (%v); want one for each spec", a, b, again, err)
	}
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o644)
	for name, try := range map[string]func(string, string) error{"Writable": Writable, "CouldWrite": CouldWrite} {
		err := try(filepath.Join(file, "sub"), "work")
		if err == nil || !strings.Contains(err.Error(), "-work DIR") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s below a file: %v; want an error that names the folder and the flag", name, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "a", "b")
	if err := CouldWrite(missing, "work"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(missing)); !errors.Is(err, os.ErrNotExist) {
		t.Error("CouldWrite left a folder behind")
	}
	if os.Geteuid() != 0 { // root may write anywhere
		ro := t.TempDir()
		os.Chmod(ro, 0o555)
		if Writable(filepath.Join(ro, "x"), "cache") == nil || CouldWrite(ro, "cache") == nil {
			t.Error("a read-only folder was taken for writable")
		}
	}
}

func TestWithoutHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv(CacheEnv, "")
	t.Setenv("XDG_CACHE_HOME", "")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	cache, err := CacheDir("")
	if err != nil || !strings.HasPrefix(cache.Path, tmp) || !strings.Contains(cache.Note, "HOME is not set") {
		t.Errorf("CacheDir = %+v, %v; want a noted folder in the temporary one", cache, err)
	}
	work, err := WorkDir("")
	if err != nil || work.Path == cache.Path || !strings.Contains(work.Note, "-work DIR") {
		t.Errorf("WorkDir = %+v, %v", work, err)
	}
	os.Chmod(filepath.Dir(work.Path), 0o777) // anybody could put a kernel there
	if _, err := WorkDir(""); err == nil {
		t.Error("a folder that others can write to was trusted")
	}
	if d, err := CacheDir("/given"); err != nil || d.Path != "/given" || d.Note != "" {
		t.Errorf("CacheDir(/given) = %+v, %v", d, err)
	}
}

func TestModuleRoot(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	os.MkdirAll(deep, 0o755)
	os.WriteFile(filepath.Join(root, "go.mod"), []byte("// c\nmodule socketbook // the book\n\ngo 1.26\n"), 0o644)
	os.WriteFile(filepath.Join(root, "a", "go.mod"), []byte("module other\n"), 0o644)
	if got, err := ModuleRoot(deep); err != nil || got != root {
		t.Errorf("ModuleRoot = %s, %v; want %s", got, err, root)
	}
	if _, err := ModuleRoot(t.TempDir()); err == nil || !strings.Contains(err.Error(), "inside the clone") {
		t.Errorf("outside: %v", err)
	}
}

func TestCancelledPreparationLeavesNothing(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("FAKE", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fakes(t, map[string]string{"python3": fakePython})
	v := Venv{Name: "trial", Title: "Trial", Lock: "one==1\n", Module: "one"}
	if _, err := v.Ensure(ctx, cache, quiet()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
	if _, err := os.Stat(v.Dir(cache)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a half-made environment was left behind")
	}
}

func TestFullDiskIsNamedBeforehand(t *testing.T) {
	if err := enough(1<<30, "/cache"); err != nil {
		t.Error(err)
	}
	err := enough(20<<20, "/cache")
	if err == nil || !strings.Contains(err.Error(), "20 MB free in /cache, about 600 MB are needed; -cache DIR") {
		t.Errorf("error is %v", err)
	}
}

func TestAHomeThatCannotBeWritten(t *testing.T) {
	home := filepath.Join(t.TempDir(), "file") // below which nothing can be made, not even by root
	if err := os.WriteFile(home, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	err := CouldWrite(filepath.Join(home, "socketbook"), "work")
	if err == nil || !strings.Contains(err.Error(), "-work DIR, or for all folders HOME=$(mktemp -d)") {
		t.Errorf("error is %v; want the one way that helps for every folder", err)
	}
	if err := CouldWrite(filepath.Join(t.TempDir(), "x"), "work"); err != nil {
		t.Error(err)
	}
}

func TestAPythonIsNamedOnce(t *testing.T) {
	bin := fakes(t, map[string]string{"python3.11": "echo 3.11.2; echo /opt/python; echo False"})
	if err := os.Symlink("python3.11", filepath.Join(bin, "python3")); err != nil {
		t.Fatal(err)
	}
	_, err := FindPython(t.Context())
	if err == nil || strings.Count(err.Error(), "has no venv module") != 1 {
		t.Errorf("error is %v; want it named once", err)
	}
}
