package calibrate

import (
	"strconv"
	"strings"
)

// counts is the kernel's memory at one moment, and its own number of sockets.
type counts struct {
	slab  int64 // bytes of the slabs, which is what is fitted
	alloc int64 // TCP sockets of all kinds but TIME_WAIT
	waits int64 // TIME_WAIT
}

// now reads them. With slabinfo (root) objects are counted one by one, each
// with its share of a slab; without, the slabs' sum in meminfo, which moves in
// whole slabs.
func (r *reader) now(bySlab bool) (c counts, ok bool) {
	if bySlab {
		c.slab = sumSlabs(r.text("proc/slabinfo"))
	} else {
		c.slab = r.field("proc/meminfo", "Slab:", 1) * 1024
	}
	f := strings.Fields(lineOf(r.text("proc/net/sockstat"), "TCP:"))
	for i := 1; i+1 < len(f); i += 2 {
		v, _ := strconv.ParseInt(f[i+1], 10, 64)
		switch f[i] {
		case "alloc":
			c.alloc = v
		case "tw":
			c.waits = v
		}
	}
	return c, c.slab > 0 && len(f) > 0
}

func lineOf(text, name string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, name) {
			return line
		}
	}
	return ""
}

// sumSlabs adds up slabinfo: name, active objects, objects, bytes each,
// objects a slab, pages a slab. An object costs its share of the slab.
func sumSlabs(text string) int64 {
	total := 0.0
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 6 || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "slabinfo") || !ours(f[0]) {
			continue
		}
		active, _ := strconv.ParseFloat(f[1], 64)
		per, _ := strconv.ParseFloat(f[4], 64)
		pages, _ := strconv.ParseFloat(f[5], 64)
		if per > 0 {
			total += active * pages * 4096 / per
		}
	}
	return int64(total)
}

// ours are the caches a connection draws from. Others move for reasons of
// their own. Caches of one size are merged under the name of the first, so
// the bind buckets may be anywhere: eventpoll_epi and pool_workqueue are two
// of the usual places.
func ours(cache string) bool {
	for _, name := range []string{"TCP", "request_sock_TCP", "tw_sock_TCP", "sock_inode_cache", "filp", "dentry", "lsm_inode_cache", "lsm_file_cache",
		"tcp_bind_bucket", "tcp_bind2_bucket", "eventpoll_epi", "eventpoll_pwq", "pool_workqueue", "nf_conntrack",
		"skbuff_head_cache", "skbuff_fclone_cache", "skbuff_small_head"} {
		if cache == name {
			return true
		}
	}
	return false
}
