package cell

import (
	"fmt"
	"sync/atomic"
)

// Limits hold a cell's program and everything it starts. They are there for
// accidents: a loop that prints, forks or writes without an end must not take the
// machine along. A zero means the default. All but Text are kept on Linux only.
type Limits struct {
	// Text is how much of what a cell prints is shown, in bytes. The program goes on
	// without being read. Default 32 MB.
	Text int64
	// Displays is the same for what comes through the display pipe. Default 256 MB.
	Displays int64
	// Processes that a cell may have at a time. Default 256.
	Processes int
	// Memory of all of them, in bytes. Default: 80 % of the machine's or the
	// container's.
	Memory int64
	// DiskFree is what must stay free where cells are compiled and where they run, in
	// bytes. Default: 256 MB, or a quarter of what was free before the cell.
	DiskFree int64
}

func (l Limits) withDefaults() Limits {
	set := func(field *int64, value int64) {
		if *field == 0 {
			*field = value
		}
	}
	set(&l.Text, 32<<20)
	set(&l.Displays, 256<<20)
	set(&l.Memory, machineMemory()/5*4)
	if l.Processes == 0 {
		l.Processes = 256
	}
	return l
}

// guard stops a program that breaks a limit.
type guard struct {
	broken atomic.Pointer[Error]
	done   chan struct{}
}

// limitError says which limit was broken.
func limitError(format string, args ...any) *Error {
	message := "stopped: " + fmt.Sprintf(format, args...)
	return &Error{Name: "LimitError", Value: message, Trace: []string{message}}
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
