package cell

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// watchEvery is how often a running cell is looked at. Short cells are not.
const watchEvery = 100 * time.Millisecond

// machineMemory is what the machine has, or the container if that is less.
func machineMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	total := int64(info.Totalram) * int64(info.Unit)
	if data, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64); err == nil {
			total = min(total, limit)
		}
	}
	return total
}

// limitTool bounds the address space of the compiler or the linker: a cell's text can
// ask for any amount.
func limitTool(p *os.Process) {
	const most = 8 << 30
	_ = unix.Prlimit(p.Pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: most, Max: most}, nil)
}

// watch looks after a process group until done is closed.
func (e *Engine) watch(group int) *guard {
	g := &guard{done: make(chan struct{})}
	// Where memory runs out all the same, the system ends the cell and not the kernel.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", group), []byte("1000"), 0)
	disks := map[string]int64{} // what must stay free
	for _, dir := range []string{e.tmp, e.dir} {
		if free, ok := diskFree(dir); ok {
			disks[dir] = e.limits.DiskFree
			if e.limits.DiskFree == 0 {
				disks[dir] = min(256<<20, free/4)
			}
		}
	}
	go func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-g.done:
				return
			case <-tick.C:
			}
			if err := e.broken(group, disks); err != nil {
				g.broken.CompareAndSwap(nil, err)
				killGroup(group)
				e.killStrays()
			}
		}
	}()
	return g
}

// broken names the limit that a process group breaks.
func (e *Engine) broken(group int, disks map[string]int64) *Error {
	processes, memory := groupUse(group, e.limits.Processes)
	switch {
	case processes > e.limits.Processes:
		return limitError("the cell had more than %d processes at a time", e.limits.Processes)
	case e.limits.Memory > 0 && memory > e.limits.Memory:
		return limitError("the cell held %s of memory; it may have %s", megabytes(memory), megabytes(e.limits.Memory))
	}
	for dir, floor := range disks {
		if free, ok := diskFree(dir); ok && free < floor {
			return limitError("the cell left %s free on the disk of %s; %s must stay", megabytes(free), dir, megabytes(floor))
		}
	}
	return nil
}

func diskFree(dir string) (int64, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil || s.Blocks == 0 {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}

// groupUse counts the processes of a group and their resident memory, up to the first
// process too many: they fork while we count.
func groupUse(group, most int) (processes int, memory int64) {
	page := int64(os.Getpagesize())
	for _, pid := range pids() {
		data, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			continue
		}
		// The name, in brackets, may hold anything: the fields begin behind it.
		fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
		if len(fields) < 22 || fields[0] == "Z" || fields[2] != strconv.Itoa(group) {
			continue
		}
		if processes++; processes > most {
			return processes, memory
		}
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		memory += pages * page
	}
	return processes, memory
}

func pids() (list []string) {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		list = append(list, filepath.Base(entry))
	}
	return list
}

// killStrays ends what left its process group, as setsid does. They are known by
// the name of our temporary folder in their environment; a program that also gave
// that up is not found.
func (e *Engine) killStrays() {
	mark := []byte("GONB_TMP_DIR=" + e.tmp + "\x00")
	for range 3 { // one may fork while we look
		found := false
		for _, pid := range pids() {
			n, _ := strconv.Atoi(pid)
			environ, err := os.ReadFile("/proc/" + pid + "/environ")
			if err == nil && n != os.Getpid() && bytes.Contains(append([]byte{0}, environ...), append([]byte{0}, mark...)) {
				found = true
				_ = unix.Kill(n, unix.SIGKILL)
			}
		}
		if !found {
			return
		}
	}
}
