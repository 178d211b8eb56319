package sockets

import "math/bits"

// pipe is a pipe(7): a ring of pages between two files (fs/pipe.c).
//
//	write ─▶ [page|page|page|…] ─▶ read     at most max pages, 16 by default
//
// A write fills pages of its own, but what fits behind the bytes of the last
// page goes there. So the pipe is full when it has max pages, however few
// bytes they hold, and a write of at most a page (PIPE_BUF) is never torn.
type pipe struct {
	readers, writers uint32 // descriptors and calls that hold either end
	rflags, wflags   fileFlags
	polled           bool   // somebody has polled it: every write wakes from now on
	rwait, wwait     uint32 // wait queues of the two ends
	head, tail       uint32 // pages with data, oldest first
	used, max        uint32 // how many pages
	uid              uint32
}

// pipePage is one page of data: struct pipe_buffer.
type pipePage struct {
	buf      bufRef
	off, len uint16
	next     uint32
	packet   bool // of a write with O_DIRECT: read as one, and not added to
}

// PIPE_BUF bytes are written at once or not at all (include/uapi/linux/limits.h).
const PIPE_BUF = 4096

const (
	pageSize     = 4096
	pipePages    = 16 // PIPE_DEF_BUFFERS
	pipePagesMin = 2  // PIPE_MIN_DEF_BUFFERS: of a user who has very many
)

// pipeLimits are the kernel's settings about pipes, and what users have.
type pipeLimits struct {
	maxSize    int            // fs.pipe-max-size, bytes
	soft, hard int            // fs.pipe-user-pages-soft and -hard; 0: none
	pages      map[uint32]int // by user
}

// pipeDefaults: fs/pipe.c.
func pipeDefaults() pipeLimits {
	return pipeLimits{maxSize: 1 << 20, soft: pipePages * 1024, pages: map[uint32]int{}}
}

// tooMany reports whether a user may not have n pages: nobody here has
// CAP_SYS_RESOURCE or CAP_SYS_ADMIN, which may.
func (l *pipeLimits) tooMany(n, limit int) bool { return limit != 0 && n > limit }

// Pipe2 makes a pipe and gives the lowest two descriptors to its ends: r to
// read from, w to write to: pipe2(2). flags may be O_NONBLOCK, O_CLOEXEC, and
// O_DIRECT, which makes each write a packet. EINVAL says that there are other
// flags, EMFILE and ENFILE that there is no room for two descriptors or two
// files.
func (p *Process) Pipe2(flags int) (r, w int, err error) {
	r, w, e := p.pipe2(flags)
	if p.tracing() {
		ends := "[" + itoa(r) + ", " + itoa(w) + "]"
		if e != 0 {
			ends = userPointer
		}
		p.traceRet("pipe2("+ends+", "+openFlags(flags)+")", 0, e)
	}
	return r, w, p.answer("pipe2", -1, "", e)
}

// pipe2 is do_pipe2.
func (p *Process) pipe2(flags int) (r, w int, e Errno) {
	h := p.host
	switch {
	case p.ended:
		return -1, -1, ESRCH
	case flags&^(O_CLOEXEC|O_NONBLOCK|O_DIRECT|O_EXCL) != 0: // O_EXCL: O_NOTIFICATION_PIPE
		return -1, -1, EINVAL
	}
	pages := pipePages
	if pages*pageSize > h.pipeRules.maxSize {
		pages = h.pipeRules.maxSize / pageSize
	}
	have := h.pipeRules.pages[p.uid]
	if h.pipeRules.tooMany(have+pages, h.pipeRules.soft) {
		pages = pipePagesMin
	}
	switch {
	case h.pipeRules.tooMany(have+pages, h.pipeRules.hard):
		return -1, -1, ENFILE
	case flags&O_EXCL != 0:
		return -1, -1, ENOPKG // this kernel is built without watch queues
	case h.files+2 > h.limits.FileMax:
		return -1, -1, ENFILE
	}
	r, e = p.freeFD(0)
	if e == 0 {
		w, e = p.freeFD(r + 1)
	}
	if e != 0 {
		return -1, -1, e
	}
	i := h.pipes.alloc()
	q := h.pipes.at(i)
	*q = pipe{readers: 1, writers: 1, max: uint32(pages), uid: p.uid}
	if flags&O_NONBLOCK != 0 {
		q.rflags, q.wflags = fileNonblock, fileNonblock
	}
	if flags&O_DIRECT != 0 {
		q.wflags |= fileDirect
	}
	h.pipeRules.pages[p.uid] = have + pages
	h.files += 2
	cloexec := fdEntry(0)
	if flags&O_CLOEXEC != 0 {
		cloexec = fdCloexec
	}
	p.fds.put(r, kindPipeR|fdEntry(i)|cloexec)
	p.fds.put(w, kindPipeW|fdEntry(i)|cloexec)
	return r, w, 0
}

// readPipe is anon_pipe_read.
func (p *Process) readPipe(f file, buf []byte, call string) (int, Errno, error) {
	h, q := p.host, p.host.pipes.at(f.index())
	if len(buf) == 0 {
		return 0, 0, nil
	}
	h.hold(f)
	defer h.dropFile(f)
	n, room, slept := 0, false, false // room: it was full
	for {
		for q.used > 0 && n < len(buf) {
			k := q.head
			b := h.pipePages.at(k)
			c := copy(buf[n:], h.mem.of(b.buf)[b.off:b.off+b.len])
			n += c
			b.off, b.len = b.off+uint16(c), b.len-uint16(c)
			packet := b.packet
			if b.len == 0 || packet { // what is not read of a packet is lost
				room = room || q.used >= q.max
				h.nextPage(q)
			}
			if packet {
				break
			}
		}
		if n > 0 || q.writers == 0 {
			break
		}
		if q.rflags&fileNonblock != 0 || h.net.err != nil {
			return -1, EAGAIN, nil
		}
		slept = true
		for q.used == 0 && q.writers > 0 {
			h.net.current().watch(&q.rwait, waitExclusive, 0)
			if _, err := p.sleep(forever, call); err != nil {
				return 0, 0, err
			}
		}
	}
	if room {
		h.wakeQueue(&q.wwait, pollOut|pollWrNorm)
	}
	if slept && q.used > 0 {
		h.wakeQueue(&q.rwait, pollIn|pollRdNorm) // the next reader has something, too
	}
	return n, 0, nil
}

// nextPage is done with the oldest page.
func (h *Host) nextPage(q *pipe) {
	k := q.head
	b := h.pipePages.at(k)
	if q.head = b.next; q.head == 0 {
		q.tail = 0
	}
	q.used--
	h.mem.release(b.buf)
	h.pipePages.release(k)
}

// writePipe is anon_pipe_write.
func (p *Process) writePipe(f file, data []byte, call string) (int, Errno, error) {
	h, q := p.host, p.host.pipes.at(f.index())
	if len(data) == 0 {
		return 0, 0, nil
	}
	if q.readers == 0 {
		return -1, EPIPE, nil // and SIGPIPE, which everybody ignores here
	}
	h.hold(f)
	defer h.dropFile(f)
	empty, slept := q.used == 0, false
	n, e := h.mergePage(q, data), Errno(0)
	for n < len(data) {
		if q.readers == 0 {
			e = EPIPE
			break
		}
		if q.used < q.max {
			n += h.addPage(q, data[n:])
			continue
		}
		if q.wflags&fileNonblock != 0 || h.net.err != nil {
			e = EAGAIN
			break
		}
		if empty {
			h.wakeQueue(&q.rwait, pollIn|pollRdNorm)
		}
		for q.used >= q.max && q.readers > 0 {
			h.net.current().watch(&q.wwait, waitExclusive, 0)
			if _, err := p.sleep(forever, call); err != nil {
				return n, 0, err
			}
		}
		empty, slept = q.used == 0, true
	}
	if empty || q.polled {
		h.wakeQueue(&q.rwait, pollIn|pollRdNorm)
	}
	if slept && q.used < q.max {
		h.wakeQueue(&q.wwait, pollOut|pollWrNorm) // the next writer has room, too
	}
	if n > 0 {
		return n, 0, nil
	}
	return -1, e, nil
}

// mergePage puts the odd end of the data's size behind the last page's bytes,
// if it fits, and reports how many bytes that was.
func (h *Host) mergePage(q *pipe, data []byte) int {
	n := len(data) % pageSize
	if n == 0 || q.used == 0 {
		return 0
	}
	b := h.pipePages.at(q.tail)
	if b.packet || int(b.off+b.len)+n > pageSize {
		return 0
	}
	copy(h.mem.of(b.buf)[b.off+b.len:], data[:n])
	b.len += uint16(n)
	return n
}

// addPage puts data into a page of its own.
func (h *Host) addPage(q *pipe, data []byte) int {
	k := h.pipePages.alloc()
	b := h.pipePages.at(k)
	*b = pipePage{buf: h.mem.alloc(pageSize), packet: q.wflags&fileDirect != 0}
	n := copy(h.mem.of(b.buf)[:pageSize], data)
	b.len = uint16(n)
	if q.tail == 0 {
		q.head = k
	} else {
		h.pipePages.at(q.tail).next = k
	}
	q.tail = k
	q.used++
	return n
}

// pollPipe is pipe_poll, of one end.
func (h *Host) pollPipe(f file) (mask pollMask) {
	q := h.pipes.at(f.index())
	q.polled = true
	if f&fdKind == kindPipeR {
		if q.used > 0 {
			mask |= pollIn | pollRdNorm
		}
		if q.writers == 0 {
			mask |= pollHup
		}
		return mask
	}
	if q.used < q.max {
		mask |= pollOut | pollWrNorm
	}
	if q.readers == 0 {
		mask |= pollErr
	}
	return mask
}

// pipeBytes is how many bytes lie in a pipe: FIONREAD.
func (h *Host) pipeBytes(f file) int {
	n := 0
	for k := h.pipes.at(f.index()).head; k != 0; {
		b := h.pipePages.at(k)
		n += int(b.len)
		k = b.next
	}
	return n
}

// dropPipe takes one hold of an end back (pipe_release). When one end goes,
// everybody at either hears of it.
func (h *Host) dropPipe(f file) {
	q := h.pipes.at(f.index())
	count, queue := &q.readers, &q.rwait
	if f&fdKind == kindPipeW {
		count, queue = &q.writers, &q.wwait
	}
	if *count--; *count > 0 {
		return
	}
	h.endFile(f, queue)
	if q.readers > 0 || q.writers > 0 {
		h.wakeQueue(&q.rwait, newsState)
		h.wakeQueue(&q.wwait, newsState)
		return
	}
	for q.used > 0 {
		h.nextPage(q)
	}
	if h.pipeRules.pages[q.uid] -= int(q.max); h.pipeRules.pages[q.uid] == 0 {
		delete(h.pipeRules.pages, q.uid)
	}
	h.pipes.release(f.index())
}

// roundPipe is the size of a pipe that holds n bytes (round_pipe_size).
func roundPipe(n uint32) uint64 { return 1 << bits.Len64(uint64(max(n, pageSize))-1) }

// pipeSize is F_GETPIPE_SZ and F_SETPIPE_SZ (pipe_set_size): the size is a
// power of two in pages.
func (h *Host) pipeSize(f file, cmd, arg int) (int, Errno) {
	if k := f & fdKind; k != kindPipeR && k != kindPipeW {
		return -1, EBADF
	}
	q := h.pipes.at(f.index())
	if cmd == F_GETPIPE_SZ {
		return int(q.max) * pageSize, 0
	}
	size := roundPipe(uint32(arg))
	pages := uint32(size / pageSize)
	have := h.pipeRules.pages[q.uid] + int(pages) - int(q.max)
	switch {
	case size > 1<<31:
		return -1, EINVAL
	case pages > q.max && (size > uint64(h.pipeRules.maxSize) || h.pipeRules.tooMany(have, h.pipeRules.hard) || h.pipeRules.tooMany(have, h.pipeRules.soft)):
		return -1, EPERM
	case pages < q.used:
		return -1, EBUSY
	}
	q.max = pages
	h.pipeRules.pages[q.uid] = have
	h.wakeQueue(&q.wwait, newsSpace)
	return int(pages) * pageSize, 0
}
