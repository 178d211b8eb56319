package setup

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"socketbook/notebooks/internal/proc"
	"socketbook/notebooks/internal/steps"
)

// Versions that are known to work together with Go 1.26. GoNB needs goimports
// to run a cell; gopls is for completion alone.
const (
	GonbVersion      = "v0.11.4"
	GoimportsVersion = "v0.42.0"
	GoplsVersion     = "v0.21.0"
)

// gonbOldest is the first GoNB with the flag -go_work, which a kernelspec of ours needs.
const gonbOldest = "v0.11.3"

// How long a failure is remembered, so that the next start is not held up: a
// refusal is a decision of the module proxy, the rest may be gone soon.
const (
	refusedFor     = 24 * time.Hour
	unreachableFor = time.Hour
)

const gonbInstallLimit = 15 * time.Minute

type tool struct{ name, module, version string }

var (
	gonbTool      = tool{"gonb", "github.com/janpfeifer/gonb", GonbVersion}
	goimportsTool = tool{"goimports", "golang.org/x/tools/cmd/goimports", GoimportsVersion}
	goplsTool     = tool{"gopls", "golang.org/x/tools/gopls", GoplsVersion}
)

// Gonb is a GoNB that can be started.
type Gonb struct {
	Path string // the gonb command
	Bin  string // folder with the tools we installed, to be put on PATH; may be empty
}

// ErrGonbNotHere is wrapped when GoNB cannot be had; the message is one line
// that says why.
var ErrGonbNotHere = errors.New("GoNB " + GonbVersion + " cannot be had here")

// GonbBin is where the cache keeps GoNB and its tools. Versions are part of the
// name: another pin is another folder.
func GonbBin(cache string) string {
	return filepath.Join(cache, "gonb-"+GonbVersion+"-"+GoimportsVersion+"-"+GoplsVersion)
}

// FindGonb looks for a usable GoNB without installing anything.
func FindGonb(cache string) (Gonb, bool) {
	bin := GonbBin(cache)
	path := filepath.Join(bin, exe("gonb"))
	if _, err := os.Stat(path); err != nil {
		var err error
		if path, err = exec.LookPath("gonb"); err != nil || !newEnough(path) {
			return Gonb{}, false
		}
	}
	if !have(bin, "goimports") {
		return Gonb{}, false
	}
	return Gonb{Path: path, Bin: bin}, true
}

// have reports whether a tool is in bin or on PATH.
func have(bin, name string) bool {
	if _, err := os.Stat(filepath.Join(bin, exe(name))); err == nil {
		return true
	}
	_, err := exec.LookPath(name)
	return err == nil
}

func exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

var release = regexp.MustCompile(`^v(\d+)\.(\d+)\.(\d+)`)

// newEnough reads the version that the Go linker left in a gonb binary. One
// built from a checkout has none and is taken at its owner's word.
func newEnough(path string) bool {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return true // a wrapper script: somebody knew what they did
	}
	have, want := release.FindStringSubmatch(info.Main.Version), release.FindStringSubmatch(gonbOldest)
	if have == nil {
		return true
	}
	for i := 1; i < 4; i++ {
		if h, w := have[i], want[i]; h != w {
			return len(h) > len(w) || len(h) == len(w) && h > w
		}
	}
	return true
}

// EnsureGonb finds GoNB or installs it into the cache. After a failure it does
// not ask again for a while unless force is set.
func EnsureGonb(ctx context.Context, cache string, force bool, log *steps.Log) (Gonb, error) {
	if g, ok := FindGonb(cache); ok {
		return g, nil
	}
	if !force {
		if r, ok := recallRefusal(cache); ok {
			return Gonb{}, fmt.Errorf("%w (%s; asked on %s)", ErrGonbNotHere, r.Reason, r.At.Format("2 January, 15:04"))
		}
	}
	if err := Writable(cache, "cache"); err != nil {
		return Gonb{}, err
	}
	unlock, err := lockFile(filepath.Join(cache, "gonb.lock"))
	if err != nil {
		return Gonb{}, err
	}
	defer unlock()
	if g, ok := FindGonb(cache); ok {
		return g, nil
	}
	if err := installGonb(ctx, cache, log); err != nil {
		if ctx.Err() != nil {
			return Gonb{}, ctx.Err()
		}
		reason, refused := gonbReason(err)
		rememberRefusal(cache, refusal{Version: GonbVersion, Reason: reason, Refused: refused, At: time.Now()})
		return Gonb{}, fmt.Errorf("%w (%s)", ErrGonbNotHere, reason)
	}
	g, ok := FindGonb(cache)
	if !ok {
		return Gonb{}, fmt.Errorf("%w (go install said yes, but %s has no gonb)", ErrGonbNotHere, GonbBin(cache))
	}
	return g, nil
}

// installGonb fetches and builds GoNB and the tools that are missing. Without
// gopls there is no completion, which is no reason to do without GoNB.
func installGonb(ctx context.Context, cache string, log *steps.Log) error {
	limited, cancel := context.WithTimeout(ctx, gonbInstallLimit)
	defer cancel()
	step := log.Start("Preparing GoNB " + GonbVersion + ", once")
	bin := GonbBin(cache)
	onPath, err := exec.LookPath("gonb")
	if err != nil || !newEnough(onPath) {
		if err := goInstall(limited, bin, gonbTool, step); err != nil {
			step.Done("not to be had")
			return err
		}
	}
	if !have(bin, "goimports") {
		if err := goInstall(limited, bin, goimportsTool, step); err != nil {
			step.Done("goimports, which it needs, is not to be had")
			return err
		}
	}
	if !have(bin, "gopls") {
		if err := goInstall(limited, bin, goplsTool, step); err != nil && ctx.Err() == nil {
			step.Done("ready, without completion (gopls is not to be had)")
			return nil
		}
	}
	step.Done("ready")
	return ctx.Err()
}

// goInstall runs "go install module@version" into bin. Flags set for the
// reader's own work, such as -mod or -tags, are left out of it.
func goInstall(ctx context.Context, bin string, t tool, step *steps.Step) error {
	step.Note("%s %s", t.name, t.version)
	env := append(os.Environ(), "GOBIN="+bin, "GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=")
	downloads := 0
	count := func(line string) {
		if strings.HasPrefix(line, "go: downloading ") {
			downloads++
			step.Note("%s %s, %d modules", t.name, t.version, downloads)
		}
	}
	return proc.Run(ctx, proc.Command{Name: "go", Args: []string{"install", t.module + "@" + t.version}, Env: env, Line: count})
}

var httpStatus = regexp.MustCompile(`\b(40[0-9]|41[0-9]|45[0-9]) [A-Z][A-Za-z ]+`)

// gonbReason turns a failed go install into a few words, and tells a refusal
// (which will stay) from a network that is not there.
func gonbReason(err error) (reason string, refused bool) {
	var ce *proc.Error
	if !errors.As(err, &ce) {
		return err.Error(), false
	}
	if m := httpStatus.FindString(ce.Tail); m != "" {
		return "the module proxy answers " + strings.TrimSpace(m), true
	}
	for _, sign := range []string{"no such host", "connection refused", "network is unreachable", "i/o timeout", "TLS handshake timeout", "server misbehaving"} {
		if strings.Contains(ce.Tail, sign) {
			return "no network: " + sign, false
		}
	}
	if strings.Contains(ce.Tail, "GOPROXY=off") {
		return "GOPROXY is off", true
	}
	lines := strings.Split(strings.TrimSpace(ce.Tail), "\n")
	return "go install: " + strings.TrimSpace(lines[len(lines)-1]), false
}

// A refusal is the memory of a failed install.
type refusal struct {
	Version string
	Reason  string
	Refused bool // a decision, not an accident
	At      time.Time
}

func refusalFile(cache string) string { return filepath.Join(cache, "gonb-refused.json") }

// rememberRefusal is best effort: without it the next start merely asks again.
func rememberRefusal(cache string, r refusal) {
	if data, err := json.Marshal(r); err == nil {
		os.WriteFile(refusalFile(cache), data, 0o644)
	}
}

// recallRefusal returns a refusal of this very version that is still fresh.
func recallRefusal(cache string) (refusal, bool) {
	var r refusal
	data, err := os.ReadFile(refusalFile(cache))
	if err != nil || json.Unmarshal(data, &r) != nil || r.Version != GonbVersion {
		return r, false
	}
	keep := unreachableFor
	if r.Refused {
		keep = refusedFor
	}
	age := time.Since(r.At)
	return r, age >= 0 && age < keep
}

// GonbRefused says why GoNB could not be had lately, if that is so.
func GonbRefused(cache string) (reason string, ok bool) {
	r, ok := recallRefusal(cache)
	return r.Reason, ok
}

// FindTool looks for a tool that GoNB uses, in the cache and on PATH.
func FindTool(cache, name string) (path string, ok bool) {
	path = filepath.Join(GonbBin(cache), exe(name))
	if _, err := os.Stat(path); err == nil {
		return path, true
	}
	path, err := exec.LookPath(name)
	return path, err == nil
}
