//go:build unix && !linux

package grade

import "syscall"

// restrict sets the limits of this process and of what it becomes. A process has no
// limit of its own on memory here.
func restrict(o orders) error {
	for what, most := range map[int]uint64{
		syscall.RLIMIT_CPU: o.CPU, syscall.RLIMIT_FSIZE: o.Text, syscall.RLIMIT_NOFILE: o.Files, syscall.RLIMIT_CORE: 0,
	} {
		if err := setLimit(what, most); err != nil {
			return err
		}
	}
	return nil
}
