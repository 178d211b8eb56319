//go:build !linux || !(amd64 || arm64)

package linux

import (
	"runtime"

	"socketbook/sockets/script"
)

// Open says that there is no real kernel to be had here.
func Open() (Host, error) {
	return nil, &SupportError{"needs Linux on amd64 or arm64, this is " + runtime.GOOS + " on " + runtime.GOARCH}
}

// OpenTap says that there is no real kernel to be had here.
func OpenTap(script.Setup) (script.Kernel, error) {
	_, err := Open()
	return nil, err
}

func note(Host) string { return "" }
