//go:build !unix

package setup

import "os"

func lockFile(string) (unlock func(), err error) { return func() {}, nil }
func ownedByUs(os.FileInfo) bool                 { return true }

// FreeBytes says how much room the file system of dir has; here it cannot.
func FreeBytes(string) (uint64, bool) { return 0, false }
