package proc

import (
	"os/exec"
	"syscall"
)

// Apart gives cmd a process group of its own: the terminal's ^C does not reach
// it. Should this program be killed without a chance to end cmd, the system
// does. (That signal is tied to the thread that starts cmd; a Go program keeps
// its threads.)
func Apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
