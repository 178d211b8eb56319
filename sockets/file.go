package sockets

// What a descriptor names is a file: a socket, one end of a pipe, an epoll, or
// /dev/null. Several descriptors, in several processes, may name one (dup,
// fork); they share its O_NONBLOCK. The file ends when the last is closed and
// no call is using it any more.

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

func (e fdEntry) index() uint32 { return uint32(e & fdIndex) }
func (e fdEntry) file() file    { return e &^ fdCloexec }

// nullFile is an open /dev/null.
type nullFile struct {
	refs  uint32
	flags fileFlags
}

// fileFlags are what F_SETFL can set, and the access mode.
type fileFlags uint8

const (
	fileNonblock fileFlags = 1 << iota
	fileAppend
)

// hold keeps a file from ending: a new descriptor, or a call that sleeps.
func (h *Host) hold(f file) {
	switch f & fdKind {
	case kindNull:
		h.nulls.at(f.index()).refs++
	case kindSock:
		h.socks.at(f.index()).refs++
	case kindPipeR:
		h.pipes.at(f.index()).readers++
	case kindPipeW:
		h.pipes.at(f.index()).writers++
	case kindEpoll:
		h.epolls.at(f.index()).refs++
	}
}

// drop takes one hold back; the last one ends the file.
func (h *Host) dropFile(f file) {
	switch f & fdKind {
	case kindNull:
		n := h.nulls.at(f.index())
		if n.refs--; n.refs == 0 {
			h.nulls.release(f.index())
			h.files--
		}
	case kindSock:
		s := h.socks.at(f.index())
		if s.refs--; s.refs == 0 {
			h.files--
			h.leaveEpolls(&s.waiters, f)
			h.closeSocket(f.index(), s)
		}
	case kindPipeR, kindPipeW:
		h.dropPipe(f)
	case kindEpoll:
		h.dropEpoll(f)
	}
}

// openNull opens /dev/null: a file with one hold.
func (h *Host) openNull(flags fileFlags) file {
	i := h.nulls.alloc()
	*h.nulls.at(i) = nullFile{refs: 1, flags: flags}
	h.files++
	return kindNull | file(i)
}

// readFile is read(2) on what is not a socket.
func (p *Process) readFile(fd int, buf []byte) (int, Errno, error) {
	f := p.fds.get(fd).file()
	switch f & fdKind {
	case kindNull:
		return 0, 0, nil // /dev/null is empty
	case kindPipeR:
		return p.readPipe(f, buf, fd)
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
		return p.writePipe(f, data, fd)
	case kindPipeR:
		return -1, EBADF, nil
	}
	return -1, EINVAL, nil
}
