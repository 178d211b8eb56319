//go:build !linux

package sockets

import "syscall"

// Not every platform has the name; what comes nearest is that the call is not
// there.
const platformENOPKG = syscall.ENOSYS
