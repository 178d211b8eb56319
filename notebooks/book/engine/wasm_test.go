//go:build !js

package engine

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// host runs the engine under node as a page's worker does, and answers a JSON
// list of [function, text] with a JSON list of strings.
const host = `
const fs = require("fs");
require(process.argv[2]);
globalThis.socketbookReady = () => {
  const asked = JSON.parse(fs.readFileSync(0, "utf8"));
  fs.writeFileSync(1, JSON.stringify(asked.map(([f, text]) => globalThis[f](text))));
  process.exit(0);
};
const go = new Go();
WebAssembly.instantiate(fs.readFileSync(process.argv[3]), go.importObject).then(r => go.run(r.instance));
`

// buildModule compiles the engine as the export does.
func buildModule(t *testing.T) (file string) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles the simulator to WebAssembly")
	}
	file = filepath.Join(t.TempDir(), "engine.wasm")
	cmd := exec.Command("go", append(append([]string{"build"}, BuildFlags...), "-o", file, "./wasm")...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// The engine in WebAssembly gives the numbers of the native one: the tapes of a
// thousand seeds, and every answer, to the letter.
func TestSameInWASM(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here, so nothing can run WebAssembly")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("the go command is not here: %v", err)
	}
	module := buildModule(t)
	script := filepath.Join(t.TempDir(), "host.cjs")
	if err := os.WriteFile(script, []byte(host), 0o644); err != nil {
		t.Fatal(err)
	}
	var asked [][2]string
	var want []string
	for seed := range 1000 {
		replays := []string{fmt.Sprintf("sockets:v1:lossy-bulk?seed=%d&bytes=%d&loss=0.1&reorder=0.05&duplicate=0.02&corrupt=0.02&delay=3ms", seed, 500+3*seed)}
		if seed%20 == 0 {
			replays = append(replays, fmt.Sprintf("sockets:v1:backlog?seed=%d&clients=%d&backlog=%d&pause=20ms", seed, 1+seed%40, seed%17),
				fmt.Sprintf("sockets:v1:overload?seed=%d&clients=50", seed))
		}
		for _, replay := range replays {
			line, err := Tape(replay)
			if err != nil {
				t.Fatal(replay, err)
			}
			asked, want = append(asked, [2]string{"socketbookTape", replay}), append(want, line)
		}
	}
	for _, c := range Controls() {
		for _, in := range c.Inputs {
			for _, stop := range in.Stops {
				q := c.Name + "?" + in.Name + "=" + stop
				asked, want = append(asked, [2]string{"socketbookAnswer", q}), append(want, Answer(q))
			}
		}
	}
	questions, _ := json.Marshal(asked)
	cmd := exec.Command(node, script, filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"), module)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(questions), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.Unmarshal(out, &got); err != nil || len(got) != len(want) {
		t.Fatalf("%d answers to %d questions: %v", len(got), len(want), err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s\nnative: %.300s\nWASM:   %.300s", asked[i], want[i], got[i])
		}
	}
}

// largest is what the engine may weigh in a page, compressed with gzip. Of what
// it weighs, 0.52 MB are what Go needs for println, 0.8 the simulator with fmt, and the rest
// the capacity model and what draws.
const largest = 1_520_000

func TestSize(t *testing.T) {
	program, err := os.ReadFile(buildModule(t))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(program)
	w.Close()
	t.Logf("%d bytes, %d compressed", len(program), b.Len())
	if b.Len() > largest {
		t.Errorf("the engine weighs %d bytes compressed, more than %d: find what was added with go list -deps ./notebooks/book/engine/wasm", b.Len(), largest)
	}
	deps := exec.Command("go", "list", "-deps", "./wasm")
	deps.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := deps.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{"net", "encoding/json", "encoding/gob", "encoding/xml", "text/template", "net/http"} {
		for dep := range strings.Lines(string(out)) {
			if strings.TrimSpace(dep) == heavy {
				t.Errorf("the engine imports %s", heavy)
			}
		}
	}
}
