package book

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"socketbook/notebooks/book/engine"
	"socketbook/notebooks/internal/proc"
	"socketbook/notebooks/internal/steps"
)

// engineFile is the one copy of the engine, for all pages that have controls.
const engineFile = "engine.js"

// Engine builds the engine (package engine, compiled to WebAssembly) and
// returns it as a script. root is the folder of the clone; in cache the program
// stays, so that it is linked again only when something has changed. The same
// sources and the same Go give the same bytes.
func Engine(ctx context.Context, root, cache string, log *steps.Log) ([]byte, error) {
	step := log.Start("Building the engine for the controls")
	defer step.Fail()
	dir := filepath.Join(cache, "engine")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	module := filepath.Join(dir, "engine.wasm")
	if err := buildEngine(ctx, root, module); err != nil {
		return nil, err
	}
	program, err := os.ReadFile(module)
	if err != nil {
		return nil, err
	}
	goroot := ""
	err = proc.Run(ctx, proc.Command{Name: "go", Args: []string{"env", "GOROOT"}, Dir: root, Line: func(l string) { goroot = l }})
	if err != nil {
		return nil, err
	}
	boot, err := os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, fmt.Errorf("this Go is without what starts its programs in a page: %w", err)
	}
	packed, err := pack(program)
	if err != nil {
		return nil, err
	}
	step.Done(fmt.Sprintf("%.2f MB, %.2f MB compressed", float64(len(program))/1e6, float64(len(packed))/1e6))
	return engineScript(boot, packed), nil
}

// buildEngine compiles the engine to a file. What the reader has set for other
// programs does not change it.
func buildEngine(ctx context.Context, root, to string) error {
	env := []string{"GOOS=js", "GOARCH=wasm", "GOFLAGS=", "GOEXPERIMENT=", "GOWASM="}
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); name != "GOOS" && name != "GOARCH" && name != "GOFLAGS" && name != "GOEXPERIMENT" && name != "GOWASM" {
			env = append(env, kv)
		}
	}
	return proc.Run(ctx, proc.Command{Name: "go", Dir: root, Env: env,
		Args: append(append([]string{"build"}, engine.BuildFlags...), "-o", to, "./notebooks/book/engine/wasm")})
}

// pack compresses, the same bytes each time.
func pack(program []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		if _, err = w.Write(program); err == nil {
			err = w.Close()
		}
	}
	return b.Bytes(), err
}

// engineScript is a script that only carries: what starts a Go program, and the
// program.
func engineScript(boot, packed []byte) []byte {
	text, _ := json.Marshal(string(boot)) // a string always can be
	var b bytes.Buffer
	b.WriteString("window.socketbookEngine={exec:")
	b.Write(text)
	b.WriteString(`,packed:"`)
	b.WriteString(base64.StdEncoding.EncodeToString(packed))
	b.WriteString("\"};\n")
	return b.Bytes()
}
