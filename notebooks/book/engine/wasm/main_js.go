// Command wasm is the engine for a web page: it sets the global functions
// socketbookAnswer, a question to JSON, and socketbookTape, a replay string to
// its tape's hash, and says so by calling socketbookReady. It is built by
// "go run ./notebooks export", and runs in a Web Worker.
package main

import (
	"syscall/js"

	"socketbook/notebooks/book/engine"
)

func main() {
	export("socketbookAnswer", engine.Answer)
	export("socketbookTape", func(replay string) string {
		line, err := engine.Tape(replay)
		if err != nil {
			return err.Error()
		}
		return line
	})
	js.Global().Call("socketbookReady")
	select {} // the functions above live as long as the program
}

// export makes f a function of the page's, from string to string.
func export(name string, f func(string) string) {
	js.Global().Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any {
		if len(args) != 1 || args[0].Type() != js.TypeString {
			return name + " wants one string"
		}
		return f(args[0].String())
	}))
}
