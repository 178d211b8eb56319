package runner

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
)

// Machine names this machine, for the recordings of live cells:
// "Linux 6.18 x86-64, 2 CPUs, 24 GiB, as root".
func Machine() string {
	name := map[string]string{"linux": "Linux", "darwin": "macOS", "freebsd": "FreeBSD"}[runtime.GOOS]
	if name == "" {
		name = runtime.GOOS
	}
	if release := first("/proc/sys/kernel/osrelease", `^\d+\.\d+`); release != "" {
		name += " " + release // what follows names who built it
	}
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x86-64"
	}
	name += " " + arch
	cpus := "1 CPU"
	if n := runtime.NumCPU(); n > 1 {
		cpus = fmt.Sprintf("%d CPUs", n)
	}
	name += ", " + cpus
	if kB, err := strconv.Atoi(first("/proc/meminfo", `(\d+) kB`)); err == nil {
		name += fmt.Sprintf(", %d GiB", (kB+1<<20-1)>>20) // the kernel keeps some for itself
	}
	if os.Geteuid() == 0 {
		name += ", as root"
	}
	return name
}

// first is the first match of a pattern in a file, its group if it has one.
func first(file, pattern string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	m := regexp.MustCompile(pattern).FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[len(m)-1])
}
