package sockets

import "math"

// What a descriptor names is a file: a socket, one end of a pipe, an epoll, or
// /dev/null. Several descriptors, in several processes, may name one (dup,
// fork); they share its status flags, O_NONBLOCK before all. The file ends
// when the last is closed and no call is using it any more.

// file is kind and index, as in the low and high bits of an fdEntry.
type file = fdEntry

const (
	fdIndex   fdEntry = 1<<28 - 1
	fdCloexec fdEntry = 1 << 28
	fdKind    fdEntry = 7 << 29

	kindNull  fdEntry = 1 << 29 // /dev/null, what 0, 1 and 2 are at birth
	kindSock  fdEntry = 2 << 29
	kindPipeR fdEntry = 3 << 29
	kindPipeW fdEntry = 4 << 29
	kindEpoll fdEntry = 5 << 29
)

// userPointer stands for an address of the program's memory where a call that
// failed wrote nothing: strace prints the address then.
const userPointer = "0x7ffc0000"

func (e fdEntry) index() uint32 { return uint32(e & fdIndex) }
func (e fdEntry) file() file    { return e &^ fdCloexec }

// mode is the access mode a file was opened with.
func (e fdEntry) mode() int {
	switch e & fdKind {
	case kindPipeR:
		return O_RDONLY
	case kindPipeW:
		return O_WRONLY
	}
	return O_RDWR
}

// nullFile is an open /dev/null.
type nullFile struct {
	refs  uint32
	flags fileFlags
}

// fileFlags are the status flags of a file: what F_SETFL can set.
type fileFlags uint8

const (
	fileNonblock fileFlags = 1 << iota
	fileAppend
	fileAsync
	fileDirect
	fileNoatime
	fileLarge // O_LARGEFILE, which open(2) sets of itself on 64-bit machines
)

// Status flags of a socket are among its own flags.
const (
	flagAsync   sockFlags = 1 << 31
	flagNoatime sockFlags = 1 << 30
)

// fileBits pairs the flags with those of open(2).
var fileBits = [...]struct {
	flag fileFlags
	open int
	sock sockFlags
}{
	{fileNonblock, O_NONBLOCK, flagNonblock},
	{fileAppend, O_APPEND, flagAppend},
	{fileAsync, O_ASYNC, flagAsync},
	{fileDirect, O_DIRECT, 0},
	{fileNoatime, O_NOATIME, flagNoatime},
	{fileLarge, 0o100000, 0},
}

// open is the flags as open(2) and F_GETFL have them.
func (f fileFlags) open() int {
	n := 0
	for _, b := range fileBits {
		if f&b.flag != 0 {
			n |= b.open
		}
	}
	return n
}

// statusOf is where a file keeps its flags; nil for a socket.
func (h *Host) statusOf(f file) *fileFlags {
	switch f & fdKind {
	case kindNull:
		return &h.nulls.at(f.index()).flags
	case kindPipeR:
		return &h.pipes.at(f.index()).rflags
	case kindPipeW:
		return &h.pipes.at(f.index()).wflags
	case kindEpoll:
		return &h.epolls.at(f.index()).flags
	}
	return nil
}

// status is a file's flags.
func (h *Host) status(f file) fileFlags {
	if at := h.statusOf(f); at != nil {
		return *at
	}
	s, flags := h.socks.at(f.index()), fileFlags(0)
	for _, b := range fileBits {
		if s.flags&b.sock != 0 {
			flags |= b.flag
		}
	}
	return flags
}

// fileUID is the user whose file it is: of the inode, that is, so an epoll is
// root's, since all share one.
func (h *Host) fileUID(f file) uint32 {
	switch f & fdKind {
	case kindSock:
		return h.uidOf(h.socks.at(f.index()))
	case kindPipeR, kindPipeW:
		return h.pipes.at(f.index()).uid
	}
	return 0
}

// setStatus is F_SETFL (setfl).
func (h *Host) setStatus(f file, arg int, uid uint32) (int, Errno) {
	kind := f & fdKind
	isPipe := kind == kindPipeR || kind == kindPipeW
	if arg&O_NOATIME != 0 && h.status(f)&fileNoatime == 0 && uid != 0 && uid != h.fileUID(f) {
		return -1, EPERM
	}
	if arg&O_DIRECT != 0 && !isPipe {
		return -1, EINVAL // the file has no direct I/O; a pipe takes packets instead
	}
	keep := h.status(f) & fileLarge
	if !isPipe && kind != kindSock {
		arg &^= O_ASYNC // it has nothing to signal
	}
	if at := h.statusOf(f); at != nil {
		*at = keep
		for _, b := range fileBits[:5] {
			if arg&b.open != 0 {
				*at |= b.flag
			}
		}
		return 0, 0
	}
	s := h.socks.at(f.index())
	for _, b := range fileBits {
		if s.flags &^= b.sock; arg&b.open != 0 {
			s.flags |= b.sock
		}
	}
	return 0, 0
}

// fileDefaults are the kernel's settings about files other than sockets.
func (h *Host) fileDefaults() {
	h.pipeRules = pipeDefaults()
	h.maxWatches = h.limits.RAM / 25 / epollCost // 4 % of RAM: eventpoll_init
}

// maxRefs is how far a socket counts its own holders.
const maxRefs = math.MaxUint8

// hold keeps a file from ending: a new descriptor, or a call that sleeps.
func (h *Host) hold(f file) {
	switch f & fdKind {
	case kindNull:
		h.nulls.at(f.index()).refs++
	case kindSock:
		s := h.socks.at(f.index())
		if s.refs == maxRefs {
			// A socket's count is small, to keep the socket small. The few
			// that are dup'ed more often count on beside the slab.
			if h.moreRefs == nil {
				h.moreRefs = map[uint32]uint32{}
			}
			h.moreRefs[f.index()]++
			return
		}
		s.refs++
	case kindPipeR:
		h.pipes.at(f.index()).readers++
	case kindPipeW:
		h.pipes.at(f.index()).writers++
	case kindEpoll:
		h.epolls.at(f.index()).refs++
	}
}

// dropFile takes one hold back; the last one ends the file (__fput).
func (h *Host) dropFile(f file) {
	switch f & fdKind {
	case kindNull:
		n := h.nulls.at(f.index())
		if n.refs--; n.refs == 0 {
			h.endFile(f, nil)
			h.nulls.release(f.index())
		}
	case kindSock:
		s := h.socks.at(f.index())
		if s.refs == maxRefs && h.moreRefs[f.index()] > 0 {
			if h.moreRefs[f.index()]--; h.moreRefs[f.index()] == 0 {
				delete(h.moreRefs, f.index())
			}
			return
		}
		if s.refs--; s.refs == 0 {
			h.endFile(f, &s.waiters)
			h.closeSocket(f.index(), s)
		}
	case kindPipeR, kindPipeW:
		h.dropPipe(f)
	case kindEpoll:
		h.dropEpoll(f)
	}
}

// endFile is what the end of every file has in common. waiters is its wait
// queue, if it has one.
func (h *Host) endFile(f file, waiters *uint32) {
	h.files--
	if waiters != nil {
		h.leaveEpolls(waiters)
	}
	if len(h.owners) > 0 {
		delete(h.owners, f)
	}
}

// openNull opens /dev/null: a file with one hold.
func (h *Host) openNull(flags fileFlags) file {
	i := h.nulls.alloc()
	*h.nulls.at(i) = nullFile{refs: 1, flags: flags | fileLarge}
	h.files++
	return kindNull | file(i)
}

// OpenNull opens /dev/null for reading and writing: open(2), O_RDWR. What is
// written there is gone, and there is nothing to read.
func (p *Process) OpenNull() (int, error) {
	fd, e := p.openNullFD()
	if p.tracing() {
		p.traceRet(`openat(AT_FDCWD, "/dev/null", O_RDWR)`, fd, e)
	}
	return fd, p.answer("open", -1, "/dev/null", e)
}

func (p *Process) openNullFD() (int, Errno) {
	if p.ended {
		return -1, ESRCH
	}
	fd, e := p.newFD()
	if e != 0 {
		return -1, e
	}
	p.fds.put(fd, p.host.openNull(0))
	return fd, 0
}

// readFile is read(2) on what is not a socket.
func (p *Process) readFile(fd int, buf []byte) (int, Errno, error) {
	f := p.fds.get(fd).file()
	switch f & fdKind {
	case kindNull:
		return 0, 0, nil // /dev/null is empty
	case kindPipeR:
		return p.readPipe(f, buf, "read("+itoa(fd)+")")
	case kindPipeW:
		return -1, EBADF, nil
	}
	return -1, EINVAL, nil
}

// writeFile is write(2) on what is not a socket.
func (p *Process) writeFile(fd int, data []byte) (int, Errno, error) {
	f := p.fds.get(fd).file()
	switch f & fdKind {
	case kindNull:
		return len(data), 0, nil // /dev/null swallows everything
	case kindPipeW:
		return p.writePipe(f, data, "write("+itoa(fd)+")")
	case kindPipeR:
		return -1, EBADF, nil
	}
	return -1, EINVAL, nil
}
