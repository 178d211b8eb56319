//go:build !unix

package cell

import (
	"context"
	"errors"
)

// Without process groups and named pipes there is nothing to run cells with; New
// says so.
const supported = false

type job struct {
	path  string
	args  []string
	dir   string
	pipe  bool
	owner string
}

func defaultShell() string { return "sh" }

func killGroup(int) {}

func (e *Engine) start(context.Context, job, Output) error {
	return errors.ErrUnsupported
}
