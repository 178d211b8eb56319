package calibrate

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"socketbook/capacity"
)

// Here reads the host from its own files under root, "/" on a live machine.
// What cannot be read stays at Linux's default and is named in notes. The
// limits of descriptors are those of the process with this pid: its parent's
// for a Go program, whose runtime has raised its own.
func Here(root string, pid int) (h capacity.Host, notes []string) {
	r := reader{root: root}
	h.Kernel = r.text("proc/sys/kernel/osrelease")
	if _, err := capacity.KernelNamed(h.Kernel); err != nil {
		r.notes = append(r.notes, fmt.Sprintf("kernel %q is older or newer than the table: taken as 6.x", h.Kernel))
		h.Kernel = ""
	}
	l := &h.Limits
	l.RAM = r.field("proc/meminfo", "MemTotal:", 1) * 1024
	l.NofileSoft, l.NofileHard = r.nofile(pid)
	l.NrOpen = int(r.number("proc/sys/fs/nr_open", 0))
	l.FileMax = r.number("proc/sys/fs/file-max", 0)
	l.Somaxconn = int(r.number("proc/sys/net/core/somaxconn", 0))
	l.PortLow = int(r.number("proc/sys/net/ipv4/ip_local_port_range", 0))
	l.PortHigh = int(r.number("proc/sys/net/ipv4/ip_local_port_range", 1))
	for i := range h.TCPMem {
		h.TCPMem[i] = r.number("proc/sys/net/ipv4/tcp_mem", i)
	}
	h.EpollWatches = r.number("proc/sys/fs/epoll/max_user_watches", 0)
	h.TimeWaitMax = r.number("proc/sys/net/ipv4/tcp_max_tw_buckets", 0)
	h.MaxSynBacklog = r.number("proc/sys/net/ipv4/tcp_max_syn_backlog", 0)
	h.NoSynCookies = r.text("proc/sys/net/ipv4/tcp_syncookies") == "0"
	if n, err := r.read("proc/sys/net/netfilter/nf_conntrack_max"); err == nil {
		h.ConntrackMax, _ = strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		h.Tracked = r.number("proc/sys/net/netfilter/nf_conntrack_count", 0) > 0
	}
	h.MemoryMax = r.memoryMax(l.RAM)
	h.CPUs = r.cpus()
	r.clean(&h)
	return h, r.notes
}

// reader collects what could not be read.
type reader struct {
	root  string
	notes []string
	told  map[string]bool
}

func (r *reader) read(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(r.root, name))
	return string(b), err
}

func (r *reader) miss(name string, why any) {
	if r.told == nil {
		r.told = map[string]bool{}
	}
	if !r.told[name] {
		r.told[name] = true
		r.notes = append(r.notes, fmt.Sprintf("could not read /%s: %v", name, why))
	}
}

// text is a file of one line.
func (r *reader) text(name string) string {
	s, err := r.read(name)
	if err != nil {
		r.miss(name, errText(err))
	}
	return strings.TrimSpace(s)
}

// errText is an error without the path, which the note has already.
func errText(err error) string {
	if p, ok := err.(*os.PathError); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// number is the n-th number of a file of numbers, 0 where there is none.
func (r *reader) number(name string, n int) int64 {
	fields := strings.Fields(r.text(name))
	if n >= len(fields) {
		if len(fields) > 0 {
			r.miss(name, "too few numbers")
		}
		return 0
	}
	v, err := strconv.ParseInt(fields[n], 10, 64)
	if err != nil && fields[n] != "max" {
		r.miss(name, fmt.Sprintf("%q is no number", fields[n]))
	}
	return v // ParseInt's own bound where it is larger
}

// field is a number of the line that begins with name.
func (r *reader) field(file, name string, n int) int64 {
	for line := range strings.Lines(r.text(file)) {
		if f := strings.Fields(line); len(f) > n && f[0] == name {
			v, _ := strconv.ParseInt(f[n], 10, 64)
			return v
		}
	}
	r.miss(file, "no "+name)
	return 0
}

// nofile is RLIMIT_NOFILE of a process: "Max open files  1024  4096  files".
func (r *reader) nofile(pid int) (soft, hard int) {
	name := fmt.Sprintf("proc/%d/limits", pid)
	for line := range strings.Lines(r.text(name)) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			f := strings.Fields(rest)
			if len(f) >= 2 {
				soft, _ = strconv.Atoi(f[0])
				hard, _ = strconv.Atoi(f[1])
			}
		}
	}
	if hard == 0 {
		r.miss(name, "no open files")
	}
	return soft, hard
}

// memoryMax is the smallest limit of the cgroup and those above it, of version
// 2 or 1; 0 where there is none below RAM.
func (r *reader) memoryMax(ram int64) capacity.Bytes {
	least := int64(0)
	take := func(file string) {
		s, err := r.read(file)
		if err != nil {
			return
		}
		if v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil && v > 0 && (ram == 0 || v < ram) && (least == 0 || v < least) {
			least = v
		}
	}
	for line := range strings.Lines(r.text("proc/self/cgroup")) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) < 3 {
			continue
		}
		// A container sees its own group as the root of the tree.
		for at := filepath.Clean("/" + part[2]); ; at = filepath.Dir(at) {
			switch {
			case part[1] == "":
				take(filepath.Join("sys/fs/cgroup", at, "memory.max"))
			case strings.Contains(","+part[1]+",", ",memory,"):
				take(filepath.Join("sys/fs/cgroup/memory", at, "memory.limit_in_bytes"))
			}
			if at == "/" {
				break
			}
		}
	}
	return capacity.Bytes(least)
}

// cpus counts the processors that are online: "0-3,8".
func (r *reader) cpus() float64 {
	n := 0
	for _, part := range strings.Split(r.text("sys/devices/system/cpu/online"), ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		switch {
		case err == nil && !isRange:
			n++
		case err == nil && err2 == nil && b >= a && b-a < 1<<16:
			n += b - a + 1
		}
	}
	return float64(n)
}

// clean takes values that no host of package capacity can have (systemd's
// "infinity" for files, for instance) to the nearest one it can.
func (r *reader) clean(h *capacity.Host) {
	l := &h.Limits
	const most = 2147483584 // fs/file.c sysctl_nr_open_max
	for _, v := range []*int{&l.NofileSoft, &l.NofileHard, &l.NrOpen} {
		*v = min(max(0, *v), most)
	}
	if l.NofileHard > l.NrOpen && l.NrOpen > 0 {
		// A process keeps the limit it had when nr_open was lowered.
		r.notes = append(r.notes, fmt.Sprintf("the hard limit, %d, is above fs.nr_open, %d: taken as the latter", l.NofileHard, l.NrOpen))
		l.NofileHard = l.NrOpen
		l.NofileSoft = min(l.NofileSoft, l.NrOpen)
	}
	l.Somaxconn = max(0, l.Somaxconn)
}
