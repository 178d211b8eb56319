//go:build !js

package engine

// BuildFlags are how command wasm is compiled for a page, with GOOS=js and
// GOARCH=wasm. -l: functions are not inlined, which takes a tenth off and makes
// no difference in time that can be measured.
var BuildFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=all=-l"}
