package sockets

import "syscall"

const platformENOPKG = syscall.ENOPKG
