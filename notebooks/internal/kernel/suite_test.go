//go:build unix

package kernel

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// suiteVersion pins the suite.
const suiteVersion = "jupyter_kernel_test==0.7.0"

// TestJupyterKernelTest runs the Jupyter project's own test suite against the
// kernel, as a process that Jupyter's client starts. It fetches the suite with pip
// into a Python environment that is kept in the user's cache.
func TestJupyterKernelTest(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short: it may fetch Python packages")
	}
	python := suitePython(t)
	module, err := filepath.Abs("../cell/testdata/module")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	jupyter, tmp := t.TempDir(), t.TempDir()
	spec, err := json.Marshal(object{
		"argv":         []string{"env", asKernel + "={connection_file}", asKernel + "_MODULE=" + module, "TMPDIR=" + tmp, self},
		"display_name": "the kernel under test", "language": "go", "interrupt_mode": "message",
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(jupyter, "kernels", "socketbook-suite")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kernel.json"), spec, 0o644); err != nil {
		t.Fatal(err)
	}
	suite, err := filepath.Abs("testdata/suite.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, suite, "-v")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "JUPYTER_PATH="+jupyter, "JUPYTER_RUNTIME_DIR="+t.TempDir(), "PYTHONDONTWRITEBYTECODE=1")
	output, err := cmd.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Errorf("the suite: %v", err)
	}
	ran := regexp.MustCompile(`(?m)^test_\w+ .*ok$`).FindAll(output, -1)
	const declared = 9 // what suite.py declares, and kernel_info
	if len(ran) < declared {
		t.Errorf("%d tests of the suite passed; want %d", len(ran), declared)
	}
	empty(t, tmp)
}

// suitePython returns a Python that has the suite. It skips the test, and says why,
// where that cannot be had.
func suitePython(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(cache, "socketbook", "kernel-suite")
	python := filepath.Join(dir, "bin", "python")
	if exec.Command(python, "-c", "import jupyter_kernel_test").Run() == nil {
		return python
	}
	for _, args := range [][]string{
		{"python3", "-m", "venv", "--clear", dir},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", suiteVersion},
	} {
		if output, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			_ = os.RemoveAll(dir)
			t.Skipf("the suite cannot be had: %s: %v\n%s", args[0], err, bytes.TrimSpace(output))
		}
	}
	return python
}
