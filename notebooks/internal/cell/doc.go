// Package cell compiles and runs the cells of a Go notebook, by the rules that
// GoNB made known:
//
//   - Declarations (func, type, var, const, import) stay for later cells, and a
//     later one of the same name replaces them. Values do not stay: every cell
//     is a new program. A variable is initialised anew in each.
//   - %% (or %main) makes the rest of the cell the body of main. A cell may also
//     declare main itself. A cell without either is compiled all the same, so that
//     its mistakes show, and run if something in it runs before main.
//   - A function named init_something runs before main, in every later cell too.
//   - A line that starts with % is a directive, one that starts with ! goes to the
//     shell. They are carried out first, in their order, then the Go code.
//   - Missing imports are added, unused ones left out.
//   - A cell that does not compile is forgotten.
//
// The stations of a cell, in reading order: split.go takes the text apart,
// directive.go carries out the % and ! lines, decl.go finds and merges
// declarations, compose.go writes the one program, imports.go completes it,
// build.go and stale.go compile and link it, process_unix.go runs it, display.go
// receives its pictures, errors.go says what went wrong and in which line.
// Beside it, for a cell that is being written: assist.go lets go/types look at it,
// complete.go proposes what may stand at the cursor, inspect.go tells what a name is.
//
// Start with [New] and [Engine.Run].
//
// # Limitations
//
// A cell imports the standard library and what the go.mod of its module names;
// nothing is downloaded for it. There is no cgo, no %test, no %wasm, no prompt for
// input, and no widgets. It needs a Unix: process groups and named pipes.
package cell
