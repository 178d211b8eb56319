package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// resident is this process's resident memory in bytes, after the collector has
// given back what it can. Where /proc does not tell, it is the heap.
func resident() float64 {
	debug.FreeOSMemory()
	if kB := procKB("/proc/self/status", "VmRSS:"); kB > 0 {
		return kB * 1024
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}

// memory is how many bytes this machine could still give; 0 where it does not
// tell.
func memory() int64 { return int64(procKB("/proc/meminfo", "MemAvailable:") * 1024) }

// procKB is a number of a file of lines like "VmRSS: 123 kB", 0 if it is not
// there.
func procKB(file, key string) float64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	var kB float64
	if _, rest, found := strings.Cut(string(text), key); found {
		fmt.Sscan(rest, &kB)
	}
	return kB
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Clone(v)
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// thousands writes a number with three digits that count, and commas.
func thousands(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.3g", x)
	}
	unit := math.Pow(10, max(0, math.Floor(math.Log10(x))-2))
	s := fmt.Sprintf("%.0f", math.Round(x/unit)*unit)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
