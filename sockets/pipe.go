package sockets

// pipe is a pipe(7): bytes between two files.
type pipe struct {
	readers, writers uint32 // descriptors and calls that hold either end
	rflags, wflags   fileFlags
	waiters          uint32
}

func (h *Host) dropPipe(f file) {}

func (p *Process) readPipe(f file, buf []byte, fd int) (int, Errno, error)   { return -1, EINVAL, nil }
func (p *Process) writePipe(f file, data []byte, fd int) (int, Errno, error) { return -1, EINVAL, nil }
