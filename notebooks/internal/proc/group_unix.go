//go:build unix

package proc

import (
	"os/exec"
	"syscall"
)

// Ask asks a started cmd to end; its children are its own business.
func Ask(cmd *exec.Cmd) error { return syscall.Kill(cmd.Process.Pid, syscall.SIGTERM) }

// AskGroup asks cmd and its children to end.
func AskGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// Kill ends cmd, if it still runs, and what is left of its process group.
func Kill(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
