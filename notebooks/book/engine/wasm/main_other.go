//go:build !js

package main

// Outside a browser there is nobody to call the engine. This keeps
// "go build ./..." whole.
func main() { println("this program is for a web page: GOOS=js GOARCH=wasm") }
