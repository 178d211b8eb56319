package sweep

import (
	"bytes"
	"os"
	"strconv"
)

// Available is how much memory this machine could still give to this process,
// in bytes: MemAvailable of /proc/meminfo, or what its control group leaves if
// that is less (memory.max, cgroup v2). It is 0 where nothing tells, which is
// everywhere but on Linux.
func Available() int64 {
	free := int64(0)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		free = meminfo(text)
	}
	limit, used := number("/sys/fs/cgroup/memory.max"), number("/sys/fs/cgroup/memory.current")
	if limit > 0 && used >= 0 && (free == 0 || limit-used < free) {
		free = max(1, limit-used)
	}
	return free
}

// meminfo is MemAvailable of a text like /proc/meminfo, in bytes.
func meminfo(text []byte) int64 {
	_, rest, _ := bytes.Cut(text, []byte("MemAvailable:"))
	if words := bytes.Fields(rest); len(words) > 0 {
		kB, _ := strconv.ParseInt(string(words[0]), 10, 64)
		return kB << 10
	}
	return 0
}

// number is the number in a file, -1 if there is none: "max" is none.
func number(file string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
