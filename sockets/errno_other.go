//go:build !linux

package sockets

import "syscall"

// Not every platform has the names; what comes nearest is that the call is not
// there, and that the network is down.
const (
	platformENOPKG = syscall.ENOSYS
	platformENONET = syscall.ENETDOWN
)
