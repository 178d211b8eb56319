package sockets

import (
	"fmt"
	"strings"
	"time"
)

// FD_SETSIZE is how many descriptors an fd_set holds, whatever the process may
// open: POSIX leaves the number to the library, glibc and musl say 1024.
const FD_SETSIZE = 1024

// fdSetMost bounds what a set remembers of the memory behind it: 2 MB of it.
const fdSetMost = 1 << 24

// FDSet is an fd_set: 1024 bits of the program's memory, and what lies behind
// them. The zero FDSet is empty.
//
// The kernel knows nothing of FD_SETSIZE. It reads and writes as many bits as
// select's first argument says, so a descriptor from 1024 on works — in memory
// that is something else's. That is the trap, and why select is not for
// servers with many connections.
type FDSet struct {
	bits   [FD_SETSIZE / 64]uint64
	behind []uint64
}

// SetSizeError says that FD_SET was used for a descriptor the set has no bit
// for. The bit is set all the same, as in C: in memory that is not the set's.
type SetSizeError struct{ FD int }

func (e *SetSizeError) Error() string {
	switch {
	case e.FD < 0:
		return fmt.Sprintf("sockets: FD_SET(%d) would write in front of the set, and is left out", e.FD)
	case e.FD >= fdSetMost:
		return fmt.Sprintf("sockets: FD_SET(%d) would write far behind the set, and is left out: the most that is kept is %d", e.FD, fdSetMost-1)
	}
	return fmt.Sprintf("sockets: FD_SET(%d) writes behind the set, at byte %d of what comes next; the set ends at FD_SETSIZE, %d",
		e.FD, e.FD/64*8-FD_SETSIZE/8, FD_SETSIZE)
}

// word is where a descriptor's bit is, nil if nothing was written there yet.
func (s *FDSet) word(i int) *uint64 {
	switch i -= len(s.bits); {
	case i < 0:
		return &s.bits[i+len(s.bits)]
	case i < len(s.behind):
		return &s.behind[i]
	}
	return nil
}

// Set puts a descriptor into the set: FD_SET. The error is a *[SetSizeError]
// for a descriptor below 0 or from FD_SETSIZE on; C has no such warning.
func (s *FDSet) Set(fd int) error {
	if fd < 0 || fd >= fdSetMost {
		return &SetSizeError{fd}
	}
	for s.word(fd/64) == nil {
		s.behind = append(s.behind, 0)
	}
	*s.word(fd / 64) |= 1 << (fd % 64)
	if fd >= FD_SETSIZE {
		return &SetSizeError{fd}
	}
	return nil
}

// Clear takes a descriptor out of the set: FD_CLR.
func (s *FDSet) Clear(fd int) {
	if fd >= 0 {
		if w := s.word(fd / 64); w != nil {
			*w &^= 1 << (fd % 64)
		}
	}
}

// IsSet reports whether a descriptor is in the set: FD_ISSET.
func (s *FDSet) IsSet(fd int) bool {
	if fd < 0 {
		return false
	}
	w := s.word(fd / 64)
	return w != nil && *w>>(fd%64)&1 != 0
}

// Zero empties the set: FD_ZERO. What lies behind it stays.
func (s *FDSet) Zero() { s.bits = [FD_SETSIZE / 64]uint64{} }

// get is 64 bits of a set; a missing set is empty.
func (s *FDSet) get(i int) uint64 {
	if s == nil {
		return 0
	}
	if w := s.word(i); w != nil {
		return *w
	}
	return 0
}

// Which events count as ready for reading, writing, and exceptional: POLLIN_SET,
// POLLOUT_SET, POLLEX_SET (fs/select.c).
const (
	selectIn  = pollRdNorm | pollRdBand | pollIn | pollHup | pollErr | pollNval
	selectOut = pollWrBand | pollWrNorm | pollOut | pollErr | pollNval
	selectEx  = pollPri | pollNval
)

// Select waits until a descriptor below nfds of r is ready to read, of w to
// write, or of e has urgent data: select(2). The sets come back with those that
// are, and the call reports how many bits that makes. A nil set is none, a
// negative timeout for ever, 0 only to look. EBADF says that a set has a
// descriptor that is not open; but the kernel looks no further than its
// table's size (64, 128, 256, …). EINVAL is for a negative nfds.
func (p *Process) Select(nfds int, r, w, e *FDSet, timeout time.Duration) (int, error) {
	var before string
	start := p.host.net.sim.Now()
	if p.tracing() {
		before = fmt.Sprintf("select(%d, %s, %s, %s, %s)", nfds, r.list(nfds), w.list(nfds), e.list(nfds), timeval(timeout))
	}
	n, errno, err := p.selectFiles(nfds, [3]*FDSet{r, w, e}, timeout)
	if p.tracing() && err == nil {
		if timeout > 0 {
			timeout = max(0, timeout-p.host.net.sim.Now().Sub(start))
		}
		p.traceSelect(before, nfds, [3]*FDSet{r, w, e}, timeout, n, errno)
	}
	if err != nil {
		return -1, err
	}
	return n, p.answer("select", -1, "", errno)
}

// selectFiles is core_sys_select.
func (p *Process) selectFiles(nfds int, sets [3]*FDSet, timeout time.Duration) (int, Errno, error) {
	switch {
	case p.ended:
		return -1, ESRCH, nil
	case int32(nfds) < 0:
		return -1, EINVAL, nil
	}
	nfds = min(int(int32(nfds)), p.fds.room())
	asked, e := p.selectAsked(nfds, sets)
	if e != 0 {
		return -1, e, nil
	}
	wait := p.waiting(timeout)
	defer wait.end()
	for first := true; ; first = false {
		count, ready := p.selectReady(asked)
		if count > 0 || wait.over {
			for k, s := range sets {
				if s != nil {
					s.put(ready, k, (nfds+63)/64)
				}
			}
			return count, 0, nil
		}
		for _, a := range asked {
			if f := p.fds.get(a.fd); first && f != 0 {
				wait.on(f.file(), a.wants())
			}
		}
		if err := wait.sleep("select(" + itoa(nfds) + ")"); err != nil {
			return -1, 0, err
		}
	}
}

// selected is a descriptor that select is to look at.
type selected struct {
	fd int
	in [3]bool // in which sets it is
}

func (a *selected) wants() pollMask {
	mask := selectEx
	if a.in[0] {
		mask |= selectIn
	}
	if a.in[1] {
		mask |= selectOut
	}
	return mask
}

// selectAsked reads the sets, and refuses them if one has a number that is not open
// (max_select_fd).
func (p *Process) selectAsked(nfds int, sets [3]*FDSet) ([]selected, Errno) {
	var list []selected
	for i := 0; i < (nfds+63)/64; i++ {
		words := [3]uint64{sets[0].get(i), sets[1].get(i), sets[2].get(i)}
		if words == [3]uint64{} {
			continue
		}
		for fd := i * 64; fd < nfds && fd < i*64+64; fd++ {
			a := selected{fd: fd}
			for k := range a.in {
				a.in[k] = words[k]>>(fd%64)&1 != 0
			}
			if a.in == [3]bool{} {
				continue
			}
			if !p.fds.taken(fd) {
				return nil, EBADF
			}
			list = append(list, a)
		}
	}
	return list, 0
}

// selectReady is one look at all of them. A descriptor another thread has
// closed meanwhile counts as ready for everything.
func (p *Process) selectReady(list []selected) (count int, ready [3][]int) {
	for _, a := range list {
		mask := pollNval
		if f := p.fds.get(a.fd); f != 0 {
			mask = p.host.pollFile(f.file())
		}
		for k, set := range [3]pollMask{selectIn, selectOut, selectEx} {
			if a.in[k] && mask&set != 0 {
				ready[k] = append(ready[k], a.fd)
				count++
			}
		}
	}
	return count, ready
}

// put writes the answer for set k: whole words, as the kernel does.
func (s *FDSet) put(ready [3][]int, k, words int) {
	for i := 0; i < words; i++ {
		if w := s.word(i); w != nil {
			*w = 0
		}
	}
	for _, fd := range ready[k] {
		*s.word(fd / 64) |= 1 << (fd % 64)
	}
}

// list prints the set as strace does.
func (s *FDSet) list(nfds int) string {
	if s == nil {
		return "NULL"
	}
	var fds []string
	for i := range len(s.bits) + len(s.behind) {
		for fd, w := i*64, s.get(i); w != 0 && fd < nfds; fd, w = fd+1, w>>1 {
			if w&1 != 0 {
				fds = append(fds, itoa(fd))
			}
		}
	}
	return "[" + strings.Join(fds, " ") + "]"
}

func timeval(d time.Duration) string {
	if d < 0 {
		return "NULL"
	}
	return fmt.Sprintf("{tv_sec=%d, tv_usec=%d}", d/time.Second, d%time.Second/time.Microsecond)
}

// traceSelect prints the call as strace does. left is what is left of the
// timeout, which Linux, and no other system, writes back.
func (p *Process) traceSelect(call string, nfds int, sets [3]*FDSet, left time.Duration, n int, e Errno) {
	if e != 0 {
		p.traceRet(call, n, e)
		return
	}
	if n == 0 {
		p.trace(call+" = 0 (Timeout)", nil)
		return
	}
	var parts []string
	for k, name := range [3]string{"in", "out", "except"} {
		if l := sets[k].list(nfds); l != "NULL" && l != "[]" {
			parts = append(parts, name+" "+l)
		}
	}
	if left >= 0 {
		parts = append(parts, "left "+timeval(left))
	}
	p.trace(fmt.Sprintf("%s = %d (%s)", call, n, strings.Join(parts, ", ")), nil)
}
