//go:build unix && !linux

package proc

import (
	"os/exec"
	"syscall"
)

// Apart gives cmd a process group of its own: the terminal's ^C does not reach it.
func Apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
