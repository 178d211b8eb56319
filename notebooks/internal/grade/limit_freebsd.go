//go:build freebsd || dragonfly

package grade

import "syscall"

func setLimit(what int, most uint64) error {
	return syscall.Setrlimit(what, &syscall.Rlimit{Cur: int64(most), Max: int64(most)})
}
