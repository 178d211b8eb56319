//go:build !unix

package proc

import "os/exec"

// Without process groups, cmd alone is stopped.

func Apart(*exec.Cmd)              {}
func Ask(cmd *exec.Cmd) error      { return cmd.Process.Kill() }
func AskGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
func Kill(cmd *exec.Cmd)           { cmd.Process.Kill() }
