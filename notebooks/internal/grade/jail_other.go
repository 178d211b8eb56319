//go:build !linux

package grade

import (
	"context"
	"os"
	"syscall"
)

func newJail(context.Context) *jail {
	self, _ := os.Executable()
	return &jail{self: self, why: "this is not Linux"}
}

func separate(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }

func lockUp(o orders) (string, error) { return o.Program, nil }
