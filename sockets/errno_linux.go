package sockets

import "syscall"

const (
	platformENOPKG = syscall.ENOPKG
	platformENONET = syscall.ENONET
)
