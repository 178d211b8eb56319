//go:build unix && !linux && !freebsd && !dragonfly

package grade

import "syscall"

func setLimit(what int, most uint64) error {
	return syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most})
}
